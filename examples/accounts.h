/* accounts.h - the example server's accounts: one of the command line, or those of a file with lines
 * of this form, "-" for no password, "#" in front of a remark:
 *
 *   bob secret mysql_native_password REQUIRE X509 ACCOUNT LOCK
 *   amy secret mysql_native_password REQUIRE SUBJECT '/OU=a/CN=amy' ONE_LINE openssl1
 */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tlsql.h"

struct account {
  const char *user, *password, *plugin;
  const char *clause;                       /* REQUIRE ..., as SHOW CREATE USER shows it */
  tlsql_account *require;                   /* the same for the engine; NULL admits nobody */
  int locked;
  int cached;                               /* caching_sha2_password has seen its password */
  const char *socket;                       /* where the server listens, for those who ask */
  unsigned port;
  struct account *next;
};

/* Sets what the account requires; returns 0 with the reason in *why if it is no clause. */
static inline int account_require(struct account *a, const char *clause, tlsql_error *why)
{
  tlsql_code rc = tlsql_account_new(&a->require);
  if (!rc) rc = tlsql_account_set(a->require, TLSQL_STR("clause"), clause, strlen(clause), why);
  a->clause = clause;
  return rc == TLSQL_OK;
}

/* Cuts the next word off a line. */
static inline char *account_word(char **line)
{
  char *word;
  while (isspace((unsigned char)**line)) (*line)++;
  word = *line;
  while (**line && !isspace((unsigned char)**line)) (*line)++;
  if (**line) *(*line)++ = 0;
  return word;
}

/* Cuts the words off the end of a line and returns 1, if it ends with them. */
static inline int account_ends(char *line, const char *words)
{
  size_t len = strlen(line), end = strlen(words);
  if (len < end || strcmp(line + len - end, words) != 0) return 0;
  line[len - end] = 0;
  return 1;
}

/* Reads one line, which stays in use; returns 0 with the reason in *why if it is none. */
static inline int account_parse(struct account *a, char *line, tlsql_error *why)
{
  size_t len = strlen(line);
  int old_form;
  while (len && isspace((unsigned char)line[len - 1])) line[--len] = 0;
  a->locked = account_ends(line, " ACCOUNT LOCK");
  old_form = account_ends(line, " ONE_LINE openssl1");
  a->user = account_word(&line);
  a->password = account_word(&line);
  a->plugin = account_word(&line);
  while (isspace((unsigned char)*line)) line++;
  if (strcmp(a->password, "-") == 0) a->password = "";
  return account_require(a, line, why) &&
         (!old_form || tlsql_account_set(a->require, TLSQL_STR("one_line"), TLSQL_STR("openssl1"),
                                         why) == TLSQL_OK);
}

/* Puts the place of a fault in front of it. */
static inline void account_fault(tlsql_error *why, const char *path, unsigned line)
{
  char text[TLSQL_MESSAGE_SIZE];
  snprintf(text, sizeof text, "%s", why->message);
  snprintf(why->message, sizeof why->message, "'%.160s', line %u: %.300s", path, line, text);
}

/* Reads a file; returns its accounts in their order, or NULL with the reason in *why. */
static inline struct account *accounts_read(const char *path, tlsql_error *why)
{
  struct account *first = NULL, **end = &first;
  char line[1024], *kept;
  unsigned number = 0;
  FILE *f = fopen(path, "r");
  int good = f != NULL;

  if (!f) snprintf(why->message, sizeof why->message, "cannot read '%.200s'", path);
  while (good && fgets(line, sizeof line, f)) {
    number++;
    if (strlen(line) == sizeof line - 1) {
      snprintf(why->message, sizeof why->message, "more than %d bytes", (int)sizeof line - 2);
      good = 0;
    } else if (line[strspn(line, " \t\r\n")] != 0 && line[0] != '#') {
      *end = (struct account *)calloc(1, sizeof **end);
      kept = (char *)malloc(strlen(line) + 1);
      good = *end && kept && account_parse(*end, strcpy(kept, line), why);
      if (*end) end = &(*end)->next;
    }
    if (!good) account_fault(why, path, number);
  }
  if (f) fclose(f);
  if (good && !first) snprintf(why->message, sizeof why->message, "no account in '%.200s'", path);
  return good ? first : NULL;
}

static inline struct account *account_find(struct account *first, const char *user)
{
  while (first && strcmp(first->user, user) != 0) first = first->next;
  return first;
}

/* The user's account, or for a user that is unknown another, always the same: its plugin is asked
 * for, so that the plugin does not tell which users there are.  Where the process lies in memory is
 * the secret by which it is chosen. */
static inline struct account *account_or_other(struct account *first, const char *user)
{
  struct account *found = account_find(first, user), *a;
  uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)first;    /* FNV-1a */
  unsigned count = 0;
  if (found) return found;
  for (; *user; user++) hash = (hash ^ (uint8_t)*user) * 0x100000001b3u;
  for (a = first; a; a = a->next) count++;
  for (hash = (hash ^ hash >> 32) % count; hash; hash--) first = first->next;
  return first;
}

#endif
