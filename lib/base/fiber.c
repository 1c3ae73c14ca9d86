/* Fibers over glibc's ucontext, announced to AddressSanitizer so that it follows the stack switches. A fiber is entered for the first time by
 * swapcontext; from then on both sides jump, because every swapcontext is a system call for a signal mask that never changes here. */
#undef _FORTIFY_SOURCE /* its longjmp only goes up one stack */
#include "lib/base/fiber.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "lib/base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define STACK_SIZE (1 << 20)
#else
#define STACK_SIZE (128 << 10)
#endif

struct fiber {
	ucontext_t context; /* of its first entry */
	jmp_buf at;         /* where it parked */
	bool begun;
	struct fiber *next; /* in the list of idle ones */
	char *stack;
	void (*fn)(void *);
	void *arg;
	bool done;
	void *asan;
};

static struct {
	ucontext_t context; /* where a first entry came from: never gone back to */
	jmp_buf loop;       /* where the running fiber was entered from */
	struct fiber *self, *idle;
	size_t alive, max;
	void *asan;
	const void *stack;
	size_t stack_size;
} sched = { .max = 1024 };

static struct fiber *fiber_new(void);
static void enter(struct fiber *f);
static void trampoline(void);
static void leave(struct fiber *f);

bool fiber_start(void (*fn)(void *), void *arg)
{
	struct fiber *f = sched.idle;

	CHECK(!sched.self);
	if (sched.alive >= sched.max)
		return false;
	if (f)
		sched.idle = f->next;
	else
		f = fiber_new();
	f->fn = fn;
	f->arg = arg;
	f->done = false;
	sched.alive++;
	enter(f);
	return true;
}

void fiber_limit(size_t max)
{
	sched.max = max;
}

struct fiber *fiber_self(void)
{
	return sched.self;
}

size_t fiber_count(void)
{
	return sched.alive;
}

void fiber_wake(struct fiber *f)
{
	CHECK(!sched.self && !f->done);
	enter(f);
}

void fiber_park(void)
{
	CHECK(sched.self);
	leave(sched.self);
}

static struct fiber *fiber_new(void)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, guard + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
	struct fiber *f;

	CHECK(p != MAP_FAILED && mprotect(p, guard, PROT_NONE) == 0);
	f = (struct fiber *)(void *)(p + guard + STACK_SIZE - ((sizeof *f + 63) & ~(size_t)63)); /* at the top of its own stack */
	f->stack = p + guard;
	f->asan = NULL;
	f->begun = false;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = f->stack;
	f->context.uc_stack.ss_size = (size_t)((char *)f - f->stack);
	f->context.uc_link = NULL;
	makecontext(&f->context, trampoline, 0);
	return f;
}

static void enter(struct fiber *f)
{
	sched.self = f;
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(&sched.asan, f->context.uc_stack.ss_sp, f->context.uc_stack.ss_size);
#endif
	if (_setjmp(sched.loop) == 0) {
		if (f->begun)
			_longjmp(f->at, 1);
		f->begun = true;
		swapcontext(&sched.context, &f->context);
	}
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(sched.asan, NULL, NULL);
#endif
	sched.self = NULL;
	if (f->done) {
		sched.alive--;
		f->next = sched.idle;
		sched.idle = f;
	}
}

/* A fiber's stack runs one function after the other for ever: its context is made once. */
static void trampoline(void)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(NULL, &sched.stack, &sched.stack_size);
#endif
	for (;;) {
		struct fiber *f = sched.self;

		f->fn(f->arg);
		f->done = true;
		leave(f);
	}
}

static void leave(struct fiber *f)
{
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_start_switch_fiber(&f->asan, sched.stack, sched.stack_size);
#endif
	if (_setjmp(f->at) == 0)
		_longjmp(sched.loop, 1);
#if defined(__SANITIZE_ADDRESS__)
	__sanitizer_finish_switch_fiber(f->asan, &sched.stack, &sched.stack_size);
#endif
}
