#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H
/* What every unit test includes: cmocka, in the order it asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define assert_str(s, lit) do { struct str s_ = (s); assert_int_equal(s_.n, sizeof(lit) - 1); assert_memory_equal(s_.p, lit, s_.n); } while (0)

#endif
