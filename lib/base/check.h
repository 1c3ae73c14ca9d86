#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* A broken promise inside the program: says where on stderr and aborts, in production too; the parent starts another worker.
 * Never for input: wrong input is an error value. */
#define CHECK(cond) ((cond) ? (void)0 : check_failed(#cond, __FILE__, __LINE__))

_Noreturn void check_failed(const char *cond, const char *file, int line);

#endif
