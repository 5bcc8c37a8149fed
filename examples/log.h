/* log.h - the example server's error log: lines on stderr in the form of mysqld's, which have the time
 * in UTC, the connection or 0, how bad it is, and the number that MySQL gave to what it says:
 *
 *   2026-11-29T06:55:31.204118Z 0 [Note] [MY-010182] [Server] Found ca.pem, ...
 *
 * The number is there under tlsql_profile=mysql8: MySQL 5.7 and MariaDB have none.  What MySQL does
 * not say begins with [tlsql]. */
#ifndef LOG_H
#define LOG_H
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "tlsql.h"

static inline void log_write(unsigned connection, const char *level, const char *format, ...)
{
  struct timespec now = { 0, 0 };
  char date[32] = "";
  struct tm utc;
  va_list args;

  clock_gettime(CLOCK_REALTIME, &now);
  if (gmtime_r(&now.tv_sec, &utc)) strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
  fprintf(stderr, "%s.%06ldZ %u [%s] ", date, now.tv_nsec / 1000, connection, level);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
}

/* Writes one of the engine's notes on the settings of the builder. */
static inline void log_note(const tlsql_builder *b, const tlsql_error *note)
{
  static const char *const levels[] = { "System", "Note", "Warning", "ERROR" };
  const char *level = levels[note->severity % 4];
  char profile[16] = "";
  size_t needed;
  if (tlsql_builder_get(b, TLSQL_STR("tlsql_profile"), profile, sizeof profile, &needed))
    profile[0] = 0;
  if (!note->log_code)
    log_write(0, level, "[tlsql] %s", note->message);
  else if (strcmp(profile, "mysql8") == 0)
    log_write(0, level, "[MY-%06u] [Server] %s", (unsigned)note->log_code, note->message);
  else
    log_write(0, level, "%s", note->message);
}

#endif
