/* Who the server is where no CA tells: fingerprints, the proof by password, names in one line. */
#include "pair.h"

static tlsql_context *server_context;

static const uint8_t salt[20] = { 1, 2, 3 }, scramble[20] = { 4, 5, 6 };
/* SHA1(SHA1("")) */
static const uint8_t of_no_password[20] = { 0xbe, 0x1b, 0xde, 0xc0, 0xaa, 0x74, 0xb4, 0xdc, 0xb0,
  0x79, 0x94, 0x3e, 0x70, 0x52, 0x80, 0x96, 0xcc, 0xa9, 0x85, 0xf8 };

/* It resumes nothing: a server that proved itself once would not have to again. */
static tlsql_context *client_with(const char *name, const char *value, const char *mode)
{
  const char *options[] = { "tlsql_session_cache_size", "0", name, value,
                            mode ? "ssl-mode" : NULL, mode, NULL };
  return context_of(TLSQL_CLIENT, options);
}

static void hex(const uint8_t *from, size_t n, const char *between, char *text)
{
  for (size_t i = 0; i < n; i++)
    text += sprintf(text, "%s%02x", i ? between : "", from[i]);
}

static void fingerprints(void)
{
  static const char *const modes[] = { NULL, "PREFERRED", "REQUIRED", "VERIFY_CA",
                                       "VERIFY_IDENTITY" };
  uint8_t digest[64];
  char text[200];
  size_t n = 0;
  pair p;
  tlsql_context *ctx = client_with("tlsql_profile", "mysql57", "REQUIRED");
  pair_secure(&p, ctx, server_context);
  tlsql_context_free(ctx);
  for (uint32_t bits = 256; bits <= 512; bits += 128) {
    CHECK_CODE(tlsql_conn_peer_fingerprint(p.c.conn, bits, digest, sizeof digest, &n), TLSQL_OK);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
      pair q;
      hex(digest, n, i % 2 ? ":" : "", text);
      ctx = client_with("ssl-fp", text, modes[i]);
      pair_secure(&q, ctx, server_context);
      CHECK_EQ(tlsql_conn_verified(q.c.conn), TLSQL_VERIFY_PIN);
      CHECK_EQ(tlsql_conn_needs_peer_proof(q.c.conn), 0);
      pair_free(&q);
      tlsql_context_free(ctx);

      text[0] = text[0] == 'f' ? 'e' : 'f';                       /* one nibble */
      ctx = client_with("ssl-fp", text, modes[i]);
      pair_open(&q, ctx, server_context);
      pair_pump(&q, &wide, &wide);
      CHECK_CODE(q.c.failure, TLSQL_E_CERT_PIN);
      CHECK_EQ(conn_error(q.c.conn).mysql_errno, 2026);
      CHECK_EQ(conn_error(q.c.conn).verify_flags, TLSQL_VERIFY_PIN);
      CHECK_EQ(conn_error(q.c.conn).tls_alert, 42);
      CHECK_EQ(conn_error(q.c.conn).alert_from, 1);
      CHECK_HOLDS(conn_error(q.c.conn).message,
                  "Fingerprint validation of peer certificate failed");
      CHECK_CODE(q.s.failure, TLSQL_E_ALERT);
      CHECK_EQ(tlsql_conn_verified(q.c.conn), 0);
      pair_free(&q);
      tlsql_context_free(ctx);
    }
  }
  pair_free(&p);
}

/* The text of the OK packet: 0x01 and the digits. */
static void said_by(tlsql_conn *conn, uint8_t said[65])
{
  char digits[65];
  size_t n = 0;
  CHECK_CODE(tlsql_conn_peer_proof(conn, salt, 20, scramble, 20, digits, sizeof digits, &n),
             TLSQL_OK);
  CHECK_EQ(n, 65);
  CHECK_EQ(strlen(digits), 64);
  CHECK_EQ(strspn(digits, "0123456789ABCDEF"), 64);
  said[0] = 1;
  memcpy(said + 1, digits, 64);
}

static void proofs(void)
{
  static const char *const modes[] = { NULL, "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY" };
  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
    tlsql_context *ctx = client_with("tlsql_peer_proof", "ON", modes[i]);
    uint8_t said[65];
    pair p;
    pair_open(&p, ctx, server_context);
    CHECK_EQ(tlsql_conn_needs_peer_proof(p.c.conn), 1);
    CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, salt, 20, scramble, 20, NULL, 0), TLSQL_E_STATE);
    pair_free(&p);
    for (int good = 0; good < 2; good++) {
      pair_secure(&p, ctx, server_context);
      CHECK_EQ(tlsql_conn_needs_peer_proof(p.c.conn), 1);
      CHECK_EQ(tlsql_conn_verified(p.c.conn), 0);
      said_by(p.c.conn, said);
      CHECK_EQ(tlsql_conn_needs_peer_proof(p.c.conn), 1);
      CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, NULL, 0, scramble, 20, said, 65),
                 TLSQL_E_ARGUMENT);
      CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, of_no_password, 20, scramble, 20, said, 65),
                 TLSQL_E_ARGUMENT);
      CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
      CHECK_EQ(tlsql_conn_needs_peer_proof(p.c.conn), 1);
      if (good) {
        CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, salt, 20, scramble, 20, said, 65), TLSQL_OK);
        CHECK_EQ(tlsql_conn_needs_peer_proof(p.c.conn), 0);
        CHECK_EQ(tlsql_conn_verified(p.c.conn), TLSQL_VERIFY_PROOF);
        end_say(&p.c, 100, 1);
        pair_pump(&p, &wide, &wide);
        CHECK(bytes_equal(&p.s.got, &p.c.say));
      } else {
        said[64] ^= 1;
        CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, salt, 20, scramble, 20, said, 65),
                   TLSQL_E_PEER_PROOF);
        CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_FAILED);
        CHECK_EQ(tlsql_conn_needs_peer_proof(p.c.conn), 1);
        CHECK_EQ(conn_error(p.c.conn).mysql_errno, 2026);
        CHECK_EQ(conn_error(p.c.conn).verify_flags, TLSQL_VERIFY_PROOF);
        CHECK_HOLDS(conn_error(p.c.conn).message, "The certificate is NOT trusted.");
        said[64] ^= 1;                                          /* final */
        CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, salt, 20, scramble, 20, said, 65),
                   TLSQL_E_PEER_PROOF);
      }
      pair_free(&p);
    }
    tlsql_context_free(ctx);
  }
}

/* Lets the host send n bytes in one step; returns its code, after which all of them left or none. */
static tlsql_code send_bytes(end *e, size_t n)
{
  static const uint8_t app[100] = { 96, 0, 0, 2 };      /* a packet with 96 zeros */
  uint8_t out[TLSQL_WIRE_OUT_SIZE];
  tlsql_step s;
  memset(&s, 0, sizeof s);
  s.struct_size = sizeof s;
  tlsql_code rc = tlsql_conn_step(e->conn, NULL, 0, out, sizeof out, app, n, NULL, 0, &s);
  CHECK_EQ(s.app_in_used, rc ? 0 : n);
  CHECK_EQ(s.wire_out_made > 0, rc == TLSQL_OK && n > 0);
  bytes_add(&e->out, out, s.wire_out_made);
  return rc;
}

/* Until the proof came, a host that forgets about it sends nothing. */
static void nothing_leaves_unproven(void)
{
  static const char *const good[] = { "mysql_native_password", "client_ed25519", "parsec" };
  static const char *const bad[] = { "caching_sha2_password", "sha256_password", "dialog",
    "mysql_clear_password", "mysql_old_password", "auth_gssapi_client", "", "parsec2", "PARSEC" };
  tlsql_context *ctx = client_with("tlsql_peer_proof", "ON", "VERIFY_IDENTITY");
  uint8_t buf[200], before[200], said[65];
  tlsql_error why = fresh_error();
  char text[100];
  size_t n = 0;
  pair p;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    pair_open(&p, ctx, server_context);
    CHECK_CODE(tlsql_client_auth_plugin(p.c.conn, good[i], strlen(good[i])), TLSQL_E_STATE);
    pair_free(&p);
    pair_secure(&p, ctx, server_context);
    for (int answers = 0; answers < 2; answers++) {
      CHECK(tlsql_conn_want(p.c.conn) & TLSQL_WANT_APP_IN);       /* TLS is up, no more */
      CHECK_CODE(send_bytes(&p.c, 100), TLSQL_E_STATE);
      CHECK_CODE(send_bytes(&p.c, 0), TLSQL_OK);                  /* reading goes on */
      CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, sizeof buf, 10, &n), TLSQL_E_STATE);
      CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_TLS);
      CHECK_CODE(tlsql_client_auth_plugin(p.c.conn, good[i], strlen(good[i])), TLSQL_OK);
      CHECK_CODE(send_bytes(&p.c, 100), TLSQL_OK);
      pair_pump(&p, &wide, &wide);
      CHECK_EQ(p.s.got.len, 100 * ((size_t)answers + 1));
      CHECK_CODE(send_bytes(&p.c, 4), TLSQL_E_STATE);             /* one packet */
      CHECK_CODE(tlsql_client_auth_plugin(p.c.conn, good[i], strlen(good[i])), TLSQL_OK);
      memset(buf, 0x5a, sizeof buf);                              /* too much for a header of 0s */
      memset(buf + tlsql_conn_headroom(p.c.conn), 0, 10);
      memcpy(before, buf, sizeof buf);
      CHECK_CODE(tlsql_conn_seal(p.c.conn, buf, sizeof buf, 10, &n), TLSQL_E_STATE);
      CHECK_CODE(tlsql_conn_explain(p.c.conn, TLSQL_E_STATE, &why), TLSQL_OK);
      CHECK_HOLDS(why.message, "beyond the one packet");
      CHECK(memcmp(buf, before, sizeof buf) == 0);
      CHECK_CODE(send_bytes(&p.c, 0), TLSQL_OK);
      end_say(&p.s, 50, 1);                                       /* the server answers */
      pair_pump(&p, &wide, answers ? &wide : &in_place);
    }
    CHECK_CODE(send_bytes(&p.c, 100), TLSQL_E_STATE);
    said_by(p.c.conn, said);
    CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, salt, 20, scramble, 20, said, 65), TLSQL_OK);
    CHECK_CODE(send_bytes(&p.c, 100), TLSQL_OK);
    CHECK_CODE(tlsql_client_auth_plugin(p.c.conn, TLSQL_STR("dialog")), TLSQL_OK);
    pair_free(&p);
  }
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    pair_secure(&p, ctx, server_context);
    CHECK_CODE(tlsql_client_auth_plugin(p.c.conn, TLSQL_STR("parsec")), TLSQL_OK);
    CHECK_CODE(tlsql_client_auth_plugin(p.c.conn, bad[i], strlen(bad[i])), TLSQL_E_PEER_PROOF);
    snprintf(text, sizeof text, "plugin '%s'", bad[i]);
    CHECK_HOLDS(conn_error(p.c.conn).message, text);
    CHECK_TEXT(conn_error(p.c.conn).option, "ssl_ca");
    CHECK_EQ(tlsql_conn_phase(p.c.conn), TLSQL_PHASE_FAILED);
    CHECK_CODE(send_bytes(&p.c, 100), TLSQL_E_PEER_PROOF);
    pair_free(&p);
  }
  tlsql_context_free(ctx);
}

/* What the server says of itself is what its client computes. */
static void own_proofs(void)
{
  tlsql_context *ctx = client_with("tlsql_peer_proof", "ON", NULL);
  char own[66] = { 1 }, peers[65];
  size_t n = 0;
  pair p;
  pair_open(&p, ctx, server_context);
  CHECK_CODE(tlsql_conn_own_proof(p.s.conn, salt, 20, scramble, 20, peers, 65, &n), TLSQL_E_STATE);
  pair_pump(&p, &wide, &wide);
  CHECK_CODE(tlsql_conn_own_proof(p.c.conn, salt, 20, scramble, 20, peers, 65, &n), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_own_proof(p.s.conn, of_no_password, 20, scramble, 20, peers, 65, &n),
             TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_peer_proof(p.c.conn, salt, 20, scramble, 20, peers, 65, &n), TLSQL_OK);
  CHECK_CODE(tlsql_conn_own_proof(p.s.conn, salt, 20, scramble, 20, own + 1, 65, &n), TLSQL_OK);
  CHECK_EQ(n, 65);
  CHECK_TEXT(own + 1, peers);
  CHECK_CODE(tlsql_conn_confirm_peer(p.c.conn, salt, 20, scramble, 20, (const uint8_t *)own, 65),
             TLSQL_OK);
  CHECK_EQ(tlsql_conn_needs_peer_proof(p.c.conn), 0);
  pair_free(&p);
  tlsql_context_free(ctx);
}

static void names(void)
{
  tlsql_context *ctx = client_with("ssl-ca", "@ca.pem", "VERIFY_IDENTITY");
  uint8_t buf[200];
  const uint8_t *der = NULL;
  size_t n = 0;
  pair p;
  pair_open(&p, ctx, server_context);
  CHECK_EQ(tlsql_conn_peer_cert_count(p.c.conn), 0);
  CHECK_CODE(tlsql_conn_peer_cert(p.c.conn, 0, &der, &n), TLSQL_E_STATE);
  CHECK_CODE(tlsql_conn_peer_subject(p.c.conn, TLSQL_NAME_OPENSSL3, buf, sizeof buf, &n),
             TLSQL_E_STATE);
  pair_pump(&p, &wide, &wide);
  CHECK_CODE(tlsql_conn_peer_cert(p.c.conn, 0, &der, &n), TLSQL_OK);
  CHECK_CODE(tlsql_conn_peer_cert(p.c.conn, tlsql_conn_peer_cert_count(p.c.conn), &der, &n),
             TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_peer_cert(p.s.conn, 0, &der, &n), TLSQL_E_STATE);
  for (uint32_t form = TLSQL_NAME_OPENSSL1; form <= TLSQL_NAME_OPENSSL3; form += 2) {
    CHECK_CODE(tlsql_conn_peer_subject(p.c.conn, form, buf, sizeof buf, &n), TLSQL_OK);
    CHECK(n == 21 && memcmp(buf, "/CN=tlsql test server", n) == 0);
    CHECK_CODE(tlsql_conn_peer_issuer(p.c.conn, form, buf, sizeof buf, &n), TLSQL_OK);
    CHECK(n == 17 && memcmp(buf, "/CN=tlsql test CA", n) == 0);
    CHECK_CODE(tlsql_conn_peer_issuer(p.c.conn, form, buf, 16, &n), TLSQL_E_ROOM);
    CHECK_EQ(n, 17);
  }
  CHECK_CODE(tlsql_conn_peer_subject(p.c.conn, 2, buf, sizeof buf, &n), TLSQL_E_ARGUMENT);
  CHECK_CODE(tlsql_conn_peer_subject(p.s.conn, 3, buf, sizeof buf, &n), TLSQL_E_STATE);
  CHECK_EQ(tlsql_conn_needs_peer_proof(p.s.conn), 0);
  CHECK_CODE(tlsql_conn_confirm_peer(p.s.conn, salt, 20, scramble, 20, NULL, 0), TLSQL_E_STATE);
  pair_free(&p);
  tlsql_context_free(ctx);
}

int main(int argc, char **argv)
{
  test_arguments(argc, argv, 0);
  server_context = context_of(TLSQL_SERVER, server_options);
  fingerprints();
  proofs();
  nothing_leaves_unproven();
  own_proofs();
  names();
  tlsql_context_free(server_context);
  return check_report("identity");
}
