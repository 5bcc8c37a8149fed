/* OpenSSL, with BIOs over the buffers of the caller. */

#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

/* The buffers of the call that runs, of one connection at a time. */
static struct {
  uint8_t *in;
  size_t in_len;
  uint8_t *out;
  size_t cap, made;
} wire;

static void fail(const char *what)
{
  fprintf(stderr, "%s: %s\n", OpenSSL_version(OPENSSL_VERSION), what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static int wire_write(BIO *bio, const char *from, int len)
{
  (void)bio;
  if ((size_t)len > wire.cap - wire.made) fail("no room");
  memcpy(wire.out + wire.made, from, (size_t)len);
  wire.made += (size_t)len;
  return len;
}

static int wire_read(BIO *bio, char *to, int len)
{
  BIO_clear_retry_flags(bio);
  if (wire.in_len == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  if ((size_t)len > wire.in_len) len = (int)wire.in_len;
  memcpy(to, wire.in, (size_t)len);
  wire.in += len;
  wire.in_len -= (size_t)len;
  return len;
}

static long wire_ctrl(BIO *bio, int command, long number, void *pointer)
{
  (void)bio, (void)number, (void)pointer;
  return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static int wire_create(BIO *bio)
{
  BIO_set_init(bio, 1);
  return 1;
}

static BIO *wire_bio(void)
{
  static BIO_METHOD *method;
  if (!method) {
    method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | 99, "wire");
    BIO_meth_set_write(method, wire_write);
    BIO_meth_set_read(method, wire_read);
    BIO_meth_set_ctrl(method, wire_ctrl);
    BIO_meth_set_create(method, wire_create);
  }
  return BIO_new(method);
}

/* As MySQL's programs have it: no tickets, no cache. The groups are tlsql's, which are OpenSSL 3.0's
 * first ones too; 3.5 would put a post-quantum group in front. */
static void restrict_to(SSL_CTX *context, const struct peer_setup *setup)
{
  static const char *const tls12[] = {
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305",
  };
  static const char *const tls13[] = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
  };
  int version = setup->is_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
  SSL_CTX_set_min_proto_version(context, version);
  SSL_CTX_set_max_proto_version(context, version);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  if (!SSL_CTX_set_ciphersuites(context, tls13[setup->suite]) ||
      !SSL_CTX_set_cipher_list(context, tls12[setup->suite]) ||
      !SSL_CTX_set1_groups_list(context, "X25519:P-256"))
    fail("suites");
}

static void *context_new(const struct peer_setup *setup)
{
  SSL_CTX *context = SSL_CTX_new(setup->is_server ? TLS_server_method() : TLS_client_method());
  int verify = SSL_VERIFY_PEER | (setup->is_server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  if (!context) fail("context");
  restrict_to(context, setup);
  if (setup->cert && (SSL_CTX_use_certificate_chain_file(context, setup->cert) != 1 ||
                      SSL_CTX_use_PrivateKey_file(context, setup->key, SSL_FILETYPE_PEM) != 1))
    fail("certificate");
  if (setup->ca) {
    if (SSL_CTX_load_verify_locations(context, setup->ca, NULL) != 1) fail("CA");
    SSL_CTX_set_verify(context, verify, NULL);
  }
  return context;
}

static void context_free(void *context)
{
  SSL_CTX_free(context);
}

static void *conn_new(void *context)
{
  SSL *ssl = SSL_new(context);
  if (!ssl) fail("connection");
  SSL_set_bio(ssl, wire_bio(), wire_bio());
  if (SSL_CTX_get_ssl_method(context) == TLS_server_method()) {
    SSL_set_accept_state(ssl);
  } else {
    SSL_set_connect_state(ssl);
    SSL_set1_host(ssl, "localhost");
  }
  return ssl;
}

static void conn_free(void *conn)
{
  SSL_free(conn);
}

static void lend(uint8_t *in, size_t in_len, uint8_t *out, size_t cap)
{
  wire.in = in;
  wire.in_len = in_len;
  wire.out = out;
  wire.cap = cap;
  wire.made = 0;
}

static size_t handshake(void *conn, uint8_t *in, size_t in_len, uint8_t *out, size_t cap, int *done)
{
  int result;
  lend(in, in_len, out, cap);
  result = SSL_do_handshake(conn);
  if (result != 1 && SSL_get_error(conn, result) != SSL_ERROR_WANT_READ) fail("handshake");
  *done = result == 1;
  return wire.made;
}

static size_t seal(void *conn, const uint8_t *plain, size_t len, uint8_t *out, size_t cap)
{
  lend(NULL, 0, out, cap);
  if (SSL_write(conn, plain, (int)len) != (int)len) fail("write");
  return wire.made;
}

static size_t open(void *conn, uint8_t *in, size_t len, uint8_t *plain, size_t cap)
{
  size_t made = 0;
  lend(in, len, NULL, 0);
  while (wire.in_len > 0) {
    int got = SSL_read(conn, plain + made, (int)(cap - made));
    if (got <= 0) fail("read");
    made += (size_t)got;
  }
  return made;
}

static const char *version(void)
{
  return OpenSSL_version(OPENSSL_VERSION);
}

const struct peer *peer(void)
{
  static const struct peer openssl = {
    version, context_new, context_free, conn_new, conn_free, handshake, seal, open, NULL, NULL, NULL,
    NULL, 0, NULL,
  };
  return &openssl;
}
