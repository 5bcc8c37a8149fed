/* Counted assertions for test programs of one file.  A failure prints file:line and goes on. */
#ifndef CHECK_H
#define CHECK_H
#include <stdio.h>
#include <string.h>
#include "tlsql.h"

static long check_count, check_failures;      /* threads.c checks from several threads */

static inline void check_fail(const char *file, int line, const char *what)
{
  if (__atomic_add_fetch(&check_failures, 1, __ATOMIC_RELAXED) <= 40) {
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    fflush(stderr);
  }
}

static inline int check_true(int ok, const char *file, int line, const char *what)
{
  __atomic_add_fetch(&check_count, 1, __ATOMIC_RELAXED);
  if (!ok) check_fail(file, line, what);
  return ok;
}

static inline int check_equal(long long got, long long wanted, const char *file, int line,
                              const char *what)
{
  char text[400];
  if (got == wanted) return check_true(1, file, line, what);
  snprintf(text, sizeof text, "%s is %lld (0x%llx), not %lld (0x%llx)", what, got,
           (unsigned long long)got, wanted, (unsigned long long)wanted);
  return check_true(0, file, line, text);
}

static inline int check_code(tlsql_code got, tlsql_code wanted, const char *file, int line,
                             const char *what)
{
  char text[400];
  if (got == wanted) return check_true(1, file, line, what);
  snprintf(text, sizeof text, "%s is %s, not %s", what, tlsql_code_name(got),
           tlsql_code_name(wanted));
  return check_true(0, file, line, text);
}

static inline int check_text(const char *got, const char *wanted, const char *file, int line,
                             const char *what)
{
  char text[900];
  if (got && strcmp(got, wanted) == 0) return check_true(1, file, line, what);
  snprintf(text, sizeof text, "%s is \"%.300s\", not \"%.300s\"", what, got ? got : "(null)",
           wanted);
  return check_true(0, file, line, text);
}

static inline int check_holds(const char *text, const char *part, const char *file, int line)
{
  char said[900];
  if (strstr(text, part)) return check_true(1, file, line, part);
  snprintf(said, sizeof said, "\"%.600s\" does not hold \"%s\"", text, part);
  return check_true(0, file, line, said);
}

#define CHECK(ok)             check_true((ok) ? 1 : 0, __FILE__, __LINE__, #ok)
#define CHECK_EQ(got, wanted) check_equal((long long)(got), (long long)(wanted), \
                                          __FILE__, __LINE__, #got)
#define CHECK_CODE(got, wanted) check_code((got), (wanted), __FILE__, __LINE__, #got)
#define CHECK_TEXT(got, wanted) check_text((got), (wanted), __FILE__, __LINE__, #got)
#define CHECK_HOLDS(text, part) check_holds((text), (part), __FILE__, __LINE__)

/* The last line of a program, and its exit status. */
static inline int check_report(const char *name)
{
  if (check_failures) printf("%s: %ld checks, %ld failed\n", name, check_count, check_failures);
  else printf("%s: %ld checks\n", name, check_count);
  return check_failures != 0;
}
#endif
