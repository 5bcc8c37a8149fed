/* change_user.h - COM_CHANGE_USER: a login once more, on the connection as it is.  TLS and the
 * client's certificate stay, and the new account may require others: all is asked again. */
#ifndef CHANGE_USER_H
#define CHANGE_USER_H
#include "session.h"

/* Answers it.  As MySQL it asks for an answer of the account's plugin with AuthSwitchRequest,
 * whatever came with the command: some clients send none.  A login that fails ends the connection,
 * also where the first user might go on: what had been that user's is gone. */
static inline void change_user(struct session *s, struct account *accounts, struct text rest)
{
  struct reader r = read_from(rest.at, rest.len);
  int has_plugins = (s->reply.capabilities & CLIENT_PLUGIN_AUTH) != 0;
  int is_old = reply_is_old(&s->reply) && !(s->reply.capabilities & CLIENT_SECURE_CONNECTION);
  struct text answer;

  text_copy(s->user, sizeof s->user, read_string(&r));
  answer = is_old ? read_string(&r) : read_bytes(&r, read_int(&r, 1));
  text_copy(s->database, sizeof s->database, read_string(&r));
  if (r.bad) {
    refuse(s, 1047, "08S01", "Unknown command");
    return;
  }
  s->account = account_or_other(accounts, s->user);
  s->changed = 1;
  s->deadline = time(NULL) + LOGIN_SECONDS;
  authenticate(s, is_old && !has_plugins, answer, text_of(has_plugins ? "" : NATIVE_PLUGIN));
}

#endif
