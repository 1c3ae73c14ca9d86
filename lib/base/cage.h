#ifndef BASE_CAGE_H
#define BASE_CAGE_H

/* Gives up, for good, what a worker that serves requests never needs: new privileges, core dumps, being traced, other programs (execve), mounts,
 * namespaces, kernel modules, raw sockets. `home` becomes the working directory. Called once, after everything that needs more is open. */
void cage_enter(const char *home);

#endif
