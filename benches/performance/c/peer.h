/* A TLS library behind one interface, so that the harness drives each in the same way.
 *
 * A connection is the library's own object and nothing around it, so that its memory is the library's.
 * No call copies or clears a buffer: what lies in one is what the library put there. A failure ends the
 * process with a message. */

#ifndef PEER_H
#define PEER_H

#include <stddef.h>
#include <stdint.h>

/* What a context is made of. The files are in PEM. */
struct peer_setup {
  int is_server;
  int is_tls13;
  /* 0: AES-128-GCM, 1: AES-256-GCM, 2: ChaCha20-Poly1305. */
  int suite;
  /* A client verifies chain and name with it. A server that has it asks for a certificate. */
  const char *ca;
  /* NULL for a client that shows no certificate. */
  const char *cert;
  const char *key;
  /* Whether sessions are kept and resumed. */
  int resumes;
  /* A revocation list, or NULL; of tlsql alone. */
  const char *crl;
};

struct peer {
  const char *(*version)(void);
  void *(*context_new)(const struct peer_setup *setup);
  void (*context_free)(void *context);
  void *(*conn_new)(void *context);
  void (*conn_free)(void *conn);
  /* Uses all of in; returns the bytes made. *done is set once the handshake is complete. */
  size_t (*handshake)(void *conn, uint8_t *in, size_t in_len, uint8_t *out, size_t cap, int *done);
  /* Makes records of all of plain; returns their length. */
  size_t (*seal)(void *conn, const uint8_t *plain, size_t len, uint8_t *wire, size_t cap);
  /* Reads all records of wire; returns the length of the plaintext. */
  size_t (*open)(void *conn, uint8_t *wire, size_t len, uint8_t *plain, size_t cap);
  /* Makes one record where the plaintext lies, behind the headroom. NULL if there is no such call. */
  size_t (*seal_in_place)(void *conn, uint8_t *buf, size_t cap, size_t len);
  /* Reads all records of wire where they lie. NULL if there is no such call. */
  size_t (*open_in_place)(void *conn, uint8_t *wire, size_t len);
  /* Calls the library with nothing to do. NULL if there is no such call. */
  void (*idle)(void *conn, size_t times);
  /* The packet that a client waits for before it sends; NULL if it sends first. */
  const uint8_t *greeting;
  size_t greeting_len;
  /* Reads all files again and puts them in force. NULL if there is no such call. */
  void (*reload)(void *context, const struct peer_setup *setup);
};

const struct peer *peer(void);

#endif
