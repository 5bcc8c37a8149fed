/* auth.h - the client's side of a login: mysql_native_password and caching_sha2_password, and the
 * server's switch from one to the other.  The program sends and receives the packets. */
#ifndef AUTH_H
#define AUTH_H
#include <stdio.h>
#include <string.h>
#include "login/login.h"
#include "mysql.h"

struct auth {
  const char *password;
  int secure;                               /* tlsql_conn_secure_transport() */
  char plugin[64];
  uint8_t answer[LOGIN_SHA2_SIZE];
};

enum { AUTH_GOES_ON, AUTH_DONE, AUTH_REFUSED };

static inline int auth_fail(tlsql_error *why, uint16_t number, const char *format,
                            const char *plugin)
{
  memset(why, 0, sizeof *why);
  why->struct_size = sizeof *why;
  why->mysql_errno = number;
  strcpy(why->sqlstate, "HY000");
  snprintf(why->message, sizeof why->message, format, plugin);
  return AUTH_REFUSED;
}

/* Computes the plugin's answer to a scramble; returns 0 if the plugin is unknown here. */
static inline int auth_answer(struct auth *a, struct text plugin, struct text scramble,
                              struct text *answer)
{
  const uint8_t *password = (const uint8_t *)a->password;
  size_t len = strlen(a->password), size = LOGIN_SCRAMBLE_SIZE;

  text_copy(a->plugin, sizeof a->plugin, plugin);
  answer->at = a->answer;
  answer->len = 0;
  if (scramble.len < size) size = scramble.len;           /* a NUL follows it on the wire */
  if (text_is(plugin, NATIVE_PLUGIN)) {
    if (len == 0) return 1;
    answer->len = LOGIN_NATIVE_SIZE;
    return login_native(password, len, scramble.at, size, a->answer, answer->len) == 0;
  }
  if (text_is(plugin, SHA2_PLUGIN)) {
    if (len == 0) return 1;
    answer->len = LOGIN_SHA2_SIZE;
    return login_sha2(password, len, scramble.at, size, a->answer, answer->len) == 0;
  }
  return 0;
}

/* Computes the answer to the greeting.  If its plugin is unknown, the server can still switch. */
static inline void auth_first(struct auth *a, struct text plugin, struct text scramble,
                              struct text *answer)
{
  if (plugin.len && auth_answer(a, plugin, scramble, answer)) return;
  plugin.at = (const uint8_t *)NATIVE_PLUGIN;
  plugin.len = strlen(NATIVE_PLUGIN);
  if (!auth_answer(a, plugin, scramble, answer)) answer->len = 0;
}

/* Reads a packet of the server and writes the answer, if one is due.  Returns AUTH_GOES_ON,
 * AUTH_DONE, or AUTH_REFUSED with the reason in *why. */
static inline int auth_next(struct auth *a, const struct packet *p, struct writer *out,
                            tlsql_error *why)
{
  struct reader r = read_from(p->payload, p->len);
  struct text plugin, scramble, answer;
  uint8_t next = (uint8_t)(p->sequence + 1);

  switch (read_int(&r, 1)) {
  case 0x00:
    if (!r.bad) return AUTH_DONE;
    break;
  case 0xff:
    read_error(p, why);
    return AUTH_REFUSED;
  case 0xfe:                                                /* AuthSwitchRequest */
    plugin = read_string(&r);
    scramble = read_bytes(&r, r.left);
    if (!auth_answer(a, plugin, scramble, &answer))
      return auth_fail(why, 2059, "Authentication plugin '%s' cannot be loaded", a->plugin);
    packet_begin(out, next);
    write_bytes(out, answer.at, answer.len);
    packet_end(out);
    return AUTH_GOES_ON;
  case 0x01:                                                /* AuthMoreData */
    if (strcmp(a->plugin, SHA2_PLUGIN) != 0) break;
    switch (read_int(&r, 1)) {
    case 3:                                                 /* the answer was right: OK follows */
      return AUTH_GOES_ON;
    case 4:                                                 /* not in the server's cache */
      if (!a->secure)
        return auth_fail(why, 2061, "Authentication plugin '%s' reported error: "
                         "Authentication requires secure connection.", a->plugin);
      packet_begin(out, next);
      write_string(out, a->password);
      packet_end(out);
      return AUTH_GOES_ON;
    default:
      break;
    }
    break;
  default:
    break;
  }
  return auth_fail(why, 2027, "Malformed packet%s", "");
}

#endif
