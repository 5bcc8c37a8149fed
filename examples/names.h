/* names.h - certificates for names that clients ask for in SNI, from files that are read again at each
 * reload. */
#ifndef NAMES_H
#define NAMES_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tlsql.h"

#define NAMES_MOST 16
#define NAMES_FILE 65536                    /* most bytes of a file: certificates of a chain, or a key */

struct name {
  char text[256];                           /* NAME:CERT:KEY, with a NUL for each ':' */
  const char *cert, *key;                   /* paths in it */
};

static struct name names[NAMES_MOST];
static size_t name_count;

/* Remembers NAME:CERT:KEY; returns 0 if it is none, or one too many. */
static inline int names_add(const char *value)
{
  struct name *n = &names[name_count];
  char *cert, *key;
  if (name_count == NAMES_MOST || strlen(value) >= sizeof n->text) return 0;
  strcpy(n->text, value);
  if (!(cert = strchr(n->text, ':')) || !(key = strchr(cert + 1, ':'))) return 0;
  *cert = *key = 0;
  n->cert = cert + 1;
  n->key = key + 1;
  name_count++;
  return 1;
}

/* Returns a file's content, freed by the caller, or NULL. */
static inline uint8_t *names_read(const char *path, size_t *len)
{
  FILE *file = fopen(path, "rb");
  uint8_t *at = file ? (uint8_t *)malloc(NAMES_FILE) : NULL;
  if (at) *len = fread(at, 1, NAMES_FILE, file);
  if (file) fclose(file);
  return at;
}

static inline void names_forget(uint8_t *at, size_t len)
{
  volatile uint8_t *each = at;
  while (at && len) each[--len] = 0;
  free(at);
}

/* Reads the files of one name into the builder. */
static inline tlsql_code names_load_one(tlsql_builder *b, const struct name *n)
{
  size_t cert_len = 0, key_len = 0;
  uint8_t *cert = names_read(n->cert, &cert_len), *key = names_read(n->key, &key_len);
  /* A file that cannot be read is as good as an empty one: the error names the name. */
  tlsql_code rc = tlsql_builder_add_name(b, n->text, strlen(n->text), cert, cert_len, key, key_len);
  names_forget(cert, cert_len);
  names_forget(key, key_len);
  return rc;
}

/* Reads the files of all names into the builder.  Where that fails for one, it keeps what it has of
 * this name, `show` is called with the reason, and 0 returned. */
static inline int names_load(tlsql_builder *b, tlsql_error *why, void (*show)(const tlsql_error *))
{
  int good = 1;
  size_t i;
  for (i = 0; i < name_count; i++) {
    tlsql_code rc = names_load_one(b, &names[i]);
    if (!rc) continue;
    tlsql_builder_explain(b, rc, why);
    if (show) show(why);
    good = 0;
  }
  return good;
}

#endif
