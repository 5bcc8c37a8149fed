/* ticket_keys.h - the keys of session tickets, from a file that the servers of a fleet share. */
#ifndef TICKET_KEYS_H
#define TICKET_KEYS_H
#include <stdio.h>
#include "log.h"

static const char *ticket_keys_file;        /* NULL: the library makes its own */

/* Reads the file: the current key, and the previous one behind it if there is one.  A file that cannot
 * be used leaves the keys as they are. */
static inline void ticket_keys_load(tlsql_context *ctx)
{
  uint8_t keys[2 * TLSQL_TICKET_KEY_SIZE + 1];
  size_t len = 0, i;
  FILE *file;
  tlsql_code rc = TLSQL_E_ARGUMENT;
  if (!ticket_keys_file) return;
  file = fopen(ticket_keys_file, "rb");
  if (file) {
    len = fread(keys, 1, sizeof keys, file);
    fclose(file);
  }
  if (len == TLSQL_TICKET_KEY_SIZE) rc = tlsql_context_set_ticket_keys(ctx, keys, NULL);
  if (len == 2 * TLSQL_TICKET_KEY_SIZE)
    rc = tlsql_context_set_ticket_keys(ctx, keys, keys + TLSQL_TICKET_KEY_SIZE);
  if (rc) log_write(0, "Warning", "[tlsql] %s has no ticket keys: %lu bytes", ticket_keys_file,
                    (unsigned long)len);
  for (i = 0; i < sizeof keys; i++) ((volatile uint8_t *)keys)[i] = 0;
}

#endif
