#ifndef CORE_HASH_SLOTS_H
#define CORE_HASH_SLOTS_H
#include <stdbool.h>

/* At most one password hash per core at a time on this host, whichever worker does it: each slot is a lock that the kernel gives back when
 * its holder dies. A worker has one at most. */
void hash_slots_open(const char *path); /* once in each worker */
bool hash_slot_take(void);              /* false: none came free within a second */
void hash_slot_give(void);

#endif
