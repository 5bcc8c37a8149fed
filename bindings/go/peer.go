package tlsql

// #include "tlsql.h"
import "C"

// PeerFingerprint returns the hash of the peer's own certificate: SHA-2 of 256, 384 or 512 bits.
func (c *Conn) PeerFingerprint(bits int) ([]byte, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	hash, code := sized(func(buf *C.uint8_t, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_peer_fingerprint(c.conn, C.uint32_t(bits), buf, room, needed)
	})
	return hash, c.failure(code)
}

// PeerSubject returns the subject of the peer's own certificate in one line, as raw bytes. It says
// nothing about trust: ConnectionState().Verified does.
func (c *Conn) PeerSubject(form NameForm) (string, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	name, code := sized(func(buf *C.uint8_t, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_peer_subject(c.conn, C.uint32_t(form), buf, room, needed)
	})
	return string(name), c.failure(code)
}

// PeerIssuer returns the issuer of the peer's own certificate, else as PeerSubject.
func (c *Conn) PeerIssuer(form NameForm) (string, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	name, code := sized(func(buf *C.uint8_t, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_peer_issuer(c.conn, C.uint32_t(form), buf, room, needed)
	})
	return string(name), c.failure(code)
}

// NeedsPeerProof is true while a client with tlsql_peer_proof=ON does not know who its server is, and
// after Close. While it is true the program sends no password in clear and answers only the
// authentication plugins that tlsql.h names at tlsql_conn_needs_peer_proof; Write is CodeState
// without AuthPlugin.
func (c *Conn) NeedsPeerProof() bool {
	c.engine.Lock()
	defer c.engine.Unlock()
	return C.tlsql_conn_needs_peer_proof(c.conn) != 0
}

// AuthPlugin reports which authentication plugin, named as on the wire, the client answers with its
// next packet. While NeedsPeerProof is true nothing can be written without it, and that packet alone,
// header included, until the server's answer was read; it ends the connection for a plugin that shows
// the password.
func (c *Conn) AuthPlugin(name string) error {
	c.engine.Lock()
	defer c.engine.Unlock()
	return c.failure(C.tlsql_client_auth_plugin(c.conn, text(name), size(len(name))))
}

// PeerProof returns the 64 digits by which a server that has this connection's certificate proves
// that it knows the salted password. tlsql.h says what salt is for each authentication plugin;
// scramble is the server's, of 20 bytes whatever the plugin.
func (c *Conn) PeerProof(salt, scramble []byte) (string, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	proof, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_peer_proof(c.conn, octets(salt), size(len(salt)), octets(scramble),
			size(len(scramble)), buf, room, needed)
	})
	return proof, c.failure(code)
}

// ConfirmPeer checks the server's proof: info is the text of the OK packet that ends the login, a
// byte 0x01 and the digits of PeerProof, without the length that MariaDB writes before it. Anything
// else ends the connection.
func (c *Conn) ConfirmPeer(salt, scramble, info []byte) error {
	c.engine.Lock()
	defer c.engine.Unlock()
	return c.failure(C.tlsql_conn_confirm_peer(c.conn, octets(salt), size(len(salt)),
		octets(scramble), size(len(scramble)), octets(info), size(len(info))))
}

// OwnProof returns the 64 digits by which a server proves to a client that it knows the salted
// password: the text of the OK packet is a byte 0x01 and these.
func (c *Conn) OwnProof(salt, scramble []byte) (string, error) {
	c.engine.Lock()
	defer c.engine.Unlock()
	proof, code := sizedText(func(buf *C.char, room C.size_t, needed *C.size_t) C.tlsql_code {
		return C.tlsql_conn_own_proof(c.conn, octets(salt), size(len(salt)), octets(scramble),
			size(len(scramble)), buf, room, needed)
	})
	return proof, c.failure(code)
}
