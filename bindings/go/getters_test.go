package tlsql

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLibrary(t *testing.T) {
	if VersionNumber() != HeaderVersion || ABIVersion() != HeaderABIVersion ||
		!strings.HasPrefix(Version(), "tlsql/") {
		t.Fatalf("%s, %#x, ABI %d", Version(), VersionNumber(), ABIVersion())
	}
	if CodeCertName.String() != "TLSQL_E_CERT_NAME" || PhaseTLS.String() != "TLS" {
		t.Fatalf("%v, %v", CodeCertName, PhaseTLS)
	}
	e := CodeCertName.Info()
	if e.Code != CodeCertName || e.MySQLErrno != 2026 || e.VerifyFlags != VerifyName {
		t.Fatalf("%+v", e)
	}
	names := StatusVariables()
	if len(names) < 36 || names[0] != "Current_tls_ca" || names[9] != "Ssl_accept_renegotiates" {
		t.Fatal(names)
	}
}

func TestBuilder(t *testing.T) {
	b, err := NewBuilder(RoleClient)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"ssl-mode": "REQUIRED", "tls_version": "TLSv1.1,TLSv1.2"} {
		if err := b.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if value, err := b.Get("ssl_mode"); err != nil || value != "REQUIRED" {
		t.Fatal(value, err)
	}
	if err := b.Unset("ssl-mode"); err != nil {
		t.Fatal(err)
	}
	if value, err := b.Get("ssl_mode"); err != nil || value != "PREFERRED" {
		t.Fatal(value, err)
	}
	if err := b.Err(); err != nil {
		t.Fatal(err)
	}
	expect(t, b.Unset("ssl_mod"), "TLSQL_E_OPTION_NAME")
	_, err = b.Get("ssl_mod")
	expect(t, err, "TLSQL_E_OPTION_NAME")
	expect(t, b.Set("ssl_mode", "SOMETIMES"), "TLSQL_E_OPTION_VALUE")
	expect(t, b.Err(), "TLSQL_E_OPTION_VALUE")
	notes := b.Notes()
	if len(notes) != 1 || !strings.Contains(notes[0].Message, "TLSv1.1") || notes[0].Option != "tls_version" ||
		notes[0].Severity != SeverityWarning {
		t.Fatalf("%+v", notes)
	}
	ctx, err := b.Context()
	if err != nil {
		t.Fatal(err)
	}
	if len(ctx.Notes()) != 1 || !ctx.HasTLS() {
		t.Fatalf("%+v", ctx.Notes())
	}
	same, err := ctx.Ref()
	if err != nil {
		t.Fatal(err)
	}
	for _, ctx := range []*Context{ctx, same} {
		if value, err := ctx.Get("tls-version"); err != nil || !strings.Contains(value, "TLSv1.2") {
			t.Fatal(value, err)
		}
		if value, err := ctx.Status("Ssl_client_connects"); err != nil || value != "0" {
			t.Fatal(value, err)
		}
	}
	_, err = ctx.Status("Ssl_nothing")
	expect(t, err, "TLSQL_E_OPTION_NAME")
	if _, err := NewBuilder(7); err == nil {
		t.Fatal("a role that does not exist")
	}
}

func TestOptionFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.cnf")
	write := func(content string) {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := NewBuilder(RoleClient)
	if err != nil {
		t.Fatal(err)
	}
	write("[client]\nssl-mode=REQUIRED\ntls-version=TLSv1.2\nloose-ssl-x\n[mysqld]\nssl-y\n")
	if err := b.Set("tls-version", "TLSv1.3"); err != nil {
		t.Fatal(err)
	}
	if err := b.ReadOptions(path, "client,mysql"); err != nil {
		t.Fatal(err)
	}
	for name, wanted := range map[string]string{"ssl-mode": "REQUIRED", "tls-version": "TLSv1.3"} {
		if value, err := b.Get(name); err != nil || value != wanted {
			t.Fatal(name, value, err)
		}
	}
	if notes := b.Notes(); len(notes) != 1 || !strings.Contains(notes[0].Message, "line 4") {
		t.Fatalf("%+v", notes)
	}
	expect(t, b.ReadOptions(path, ""), "TLSQL_E_ARGUMENT")
	expect(t, b.ReadOptions(path+".none", "client"), "TLSQL_E_OPTION_FILE")
	write("[client]\nssl-ca=\"x\n")
	expect(t, b.ReadOptions(path, "client"), "TLSQL_E_OPTION_SYNTAX")
	write("!include " + path + "\n")
	expect(t, b.ReadOptions(path, "client"), "TLSQL_E_OPTION_INCLUDE")
}

func TestGenerate(t *testing.T) {
	b, err := NewBuilder(RoleServer)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, b.Generate("5.7.29"), "TLSQL_E_OPTION_VALUE")
	dir := t.TempDir()
	if err := b.Set("datadir", dir); err != nil {
		t.Fatal(err)
	}
	expect(t, b.Generate("5.7.29", "a b"), "TLSQL_E_ARGUMENT")
	if err := b.Generate("5.7.29", "localhost", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	if err := b.LoadFiles(); err != nil {
		t.Fatal(err)
	}
	noted := map[uint32]bool{}
	for _, note := range b.Notes() {
		noted[note.LogCode] = true
	}
	if !noted[10305] || !noted[10068] { // they were made, and the CA is self-signed
		t.Fatalf("%+v", b.Notes())
	}
	serverCtx, err := b.Context()
	if err != nil {
		t.Fatal(err)
	}
	clientCtx := newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": "VERIFY_IDENTITY", "ssl-ca": filepath.Join(dir, "ca.pem")}})
	client, server, errs := upgrade(t, clientCtx, serverCtx)
	if errs[0] != nil || errs[1] != nil {
		t.Fatalf("client: %v; server: %v", errs[0], errs[1])
	}
	client.Close()
	server.Close()
}

func TestNames(t *testing.T) {
	read := func(name string) []byte {
		b, err := os.ReadFile(certificate(t, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	b, err := NewBuilder(RoleServer)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.SetIdentity(read("server-cert.pem"), read("server-key.pem")); err != nil {
		t.Fatal(err)
	}
	if err := b.AddName("*.test", read("cn-cert.pem"), read("cn-key.pem")); err != nil {
		t.Fatal(err)
	}
	expect(t, b.AddName("127.0.0.1", read("cn-cert.pem"), read("cn-key.pem")), "TLSQL_E_ARGUMENT")
	e := expect(t, b.AddName("db.test", read("cn-cert.pem"), read("server-key.pem")),
		"TLSQL_E_KEY_MISMATCH")
	if !strings.Contains(e.Message, "'db.test'") {
		t.Fatal(e.Message)
	}
	ctx, err := b.Context()
	if err != nil {
		t.Fatal(err)
	}
	for sni, want := range map[string]string{
		"db.test": "/CN=localhost", "other": "/CN=tlsql test server"} {
		clientCtx := newContext(t, RoleClient, Settings{Options: map[string]string{
			"ssl-mode": "REQUIRED", "tls-sni-servername": sni}})
		client, server, errs := upgrade(t, clientCtx, ctx)
		if errs[0] != nil || errs[1] != nil {
			t.Fatalf("client: %v; server: %v", errs[0], errs[1])
		}
		if subject, err := client.PeerSubject(NameOpenSSL3); err != nil || subject != want {
			t.Fatalf("%s: %q, %v", sni, subject, err)
		}
		client.Close()
		server.Close()
	}
}

func TestReload(t *testing.T) {
	cert := filepath.Join(t.TempDir(), "cert.pem")
	put := func(name string) {
		content, err := os.ReadFile(certificate(t, name))
		if err == nil {
			err = os.WriteFile(cert, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	builder := func(options map[string]string) *Builder {
		b, err := NewBuilder(RoleServer)
		if err == nil {
			err = b.Set("ssl_cert", cert)
		}
		for name, value := range options {
			if err == nil {
				err = b.Set(name, value)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	put("both.pem")
	b := builder(nil)
	if err := b.LoadFiles(); err != nil {
		t.Fatal(err)
	}
	ctx, err := b.Context()
	if err != nil || ctx.FilesChanged() {
		t.Fatal(err, "files changed")
	}
	put("both.pem")
	if !ctx.FilesChanged() {
		t.Fatal("no change was seen")
	}
	if err := errors.Join(b.LoadFiles(), ctx.Reload(b, 0)); err != nil || ctx.FilesChanged() {
		t.Fatal(err)
	}
	other := builder(map[string]string{"require_secure_transport": "ON"})
	if err := other.LoadFiles(); err != nil {
		t.Fatal(err)
	}
	expect(t, ctx.Reload(other, 0), "TLSQL_E_OPTION_VALUE")
	if err := ctx.Reload(other, ReloadOptions); err != nil {
		t.Fatal(err)
	}
	put("ca.pem")
	expect(t, other.LoadFiles(), "TLSQL_E_NO_KEY")
	failure := ctx.Reload(other, 0)
	expect(t, failure, "TLSQL_E_NO_KEY")
	if e := failure.(*Error); e.MySQLErrno != 3888 || e.Option != "ssl_key" || !ctx.HasTLS() {
		t.Fatalf("%+v", e)
	}
	expect(t, ctx.Reload(other, ReloadNoRollback), "TLSQL_E_NO_KEY")
	if ctx.HasTLS() {
		t.Fatal("it still has TLS")
	}
}

func TestClock(t *testing.T) {
	b, err := NewBuilder(RoleClient)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"ssl-mode": "VERIFY_CA", "ssl-ca": certificate(t, "ca.pem")} {
		if err := b.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.SetClock(time.Date(2090, 1, 1, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	if err := b.LoadFiles(); err != nil {
		t.Fatal(err)
	}
	ctx, err := b.Context()
	if err != nil {
		t.Fatal(err)
	}
	_, _, errs := upgrade(t, ctx, serverContext(t, "server"))
	e := expect(t, errs[0], "TLSQL_E_CERT_EXPIRED")
	const hasExpired = 10 // X509_V_ERR_CERT_HAS_EXPIRED
	if e.VerifyFlags != VerifyTime || e.X509Error != hasExpired || e.X509Depth < 0 {
		t.Fatalf("%+v", e)
	}
}

func TestErrorDetails(t *testing.T) {
	_, err := NewContext(RoleClient, Settings{Options: map[string]string{
		"ssl-ca": "/nonexistent/ca.pem"}})
	e := expect(t, err, "TLSQL_E_FILE")
	if !errors.Is(err, fs.ErrNotExist) || e.X509Depth != -1 || e.Option != "ssl_ca" ||
		e.Severity != SeverityError || e.AlertFrom != AlertNone {
		t.Fatalf("%+v", e)
	}
	if e.Fact == "" || len(e.Fact) >= len(e.Message) || !strings.Contains(e.Message, e.Fact) {
		t.Fatalf("%q in %q", e.Fact, e.Message)
	}
	_, err = Client(nil, Config{Context: clientContext(t), Host: ".example.test"})
	e = expect(t, err, "TLSQL_E_OPTION_VALUE")
	if e.Option != "host" || !strings.Contains(e.Message, "starts with a dot") {
		t.Fatalf("%+v", e)
	}
	packet, err := CodeSecureTransport.Info().Packet(2, capabilities)
	if err != nil || string(packet[3:13]) != "\x02\xff\x57\x0c#HY000" { // 3159
		t.Fatalf("%q, %v", packet, err)
	}
	own := &Error{MySQLErrno: 1045, SQLState: "28000", Message: "Access denied"}
	packet, err = own.Packet(4, capabilities)
	if err != nil || string(packet[3:]) != "\x04\xff\x15\x04#28000Access denied" {
		t.Fatalf("%q, %v", packet, err)
	}
	_, err = new(Error).Packet(0, 0)
	expect(t, err, "TLSQL_E_ARGUMENT")
	own.Message = strings.Repeat("ä", 1000) // cut in the middle of a character
	if packet, err = own.Packet(4, 0); err != nil || len(packet) != 4+3+510 {
		t.Fatalf("%d bytes, %v", len(packet), err)
	}
}

func TestPeer(t *testing.T) {
	client, server := pair(t)
	s := client.ConnectionState()
	leaf, err := x509.ParseCertificate(s.PeerCertificatesDER[0])
	if err != nil {
		t.Fatal(err)
	}
	hash, err := client.PeerFingerprint(256)
	if want := sha256.Sum256(leaf.Raw); err != nil || string(hash) != string(want[:]) {
		t.Fatalf("%x, %v", hash, err)
	}
	_, err = client.PeerFingerprint(100)
	expect(t, err, "TLSQL_E_ARGUMENT")
	for _, form := range []NameForm{NameOpenSSL3, NameOpenSSL1} {
		subject, err := client.PeerSubject(form)
		if err != nil || !strings.Contains(subject, leaf.Subject.CommonName) {
			t.Fatalf("%q, %v", subject, err)
		}
		issuer, err := client.PeerIssuer(form)
		if err != nil || !strings.Contains(issuer, leaf.Issuer.CommonName) {
			t.Fatalf("%q, %v", issuer, err)
		}
	}
	_, err = server.PeerSubject(NameOpenSSL3)
	expect(t, err, "TLSQL_E_STATE") // the client showed no certificate
	if client.NeedsPeerProof() || !s.SecureTransport || s.CipherID == 0 || s.Version != 0x0304 ||
		s.PeerClosed || s.Want&WantAppIn == 0 {
		t.Fatalf("%+v", s)
	}
	if err := client.Err(); err != nil {
		t.Fatal(err)
	}
	server.Close()
	client.Read(make([]byte, 1))
	if s := client.ConnectionState(); !s.PeerClosed || s.Events&EventPeerClosed == 0 {
		t.Fatalf("%+v", s)
	}
	client.Close()
	if !client.NeedsPeerProof() {
		t.Fatal("a closed connection vouches for its peer")
	}
}

func TestRekey(t *testing.T) {
	client, server := pair(t)
	for i := 0; i < 3; i++ {
		echo(t, client, server)
		if err := client.Rekey(); err != nil {
			t.Fatal(err)
		}
		if err := server.Rekey(); err != nil {
			t.Fatal(err)
		}
	}
	echo(t, client, server)
}

func TestPeerProof(t *testing.T) {
	ctx := newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": "REQUIRED", "tlsql_peer_proof": "ON"}})
	once := sha1.Sum([]byte("secret"))
	twice := sha1.Sum(once[:])
	for _, right := range []bool{true, false} {
		client, server, errs := upgrade(t, ctx, serverContext(t, "server"))
		if errs[0] != nil || errs[1] != nil {
			t.Fatalf("client: %v; server: %v", errs[0], errs[1])
		}
		if !client.NeedsPeerProof() || client.ConnectionState().Verified&VerifyProof != 0 {
			t.Fatal("nothing vouched for the server yet")
		}
		n, refused := client.Write([]byte("a login"))
		if n != 0 {
			t.Fatal("a program that never asks sends something")
		}
		expect(t, refused, "TLSQL_E_STATE")
		if err := client.AuthPlugin("mysql_native_password"); err != nil {
			t.Fatal(err)
		}
		echo(t, client, server)
		_, refused = client.Write([]byte("a statement"))
		expect(t, refused, "TLSQL_E_STATE")
		_, err := client.PeerProof(nil, salt)
		expect(t, err, "TLSQL_E_ARGUMENT")
		proof, err := client.PeerProof(twice[:], salt)
		if err != nil || len(proof) != 64 {
			t.Fatalf("%q, %v", proof, err)
		}
		if right {
			if err := client.ConfirmPeer(twice[:], salt, []byte("\x01"+proof)); err != nil {
				t.Fatal(err)
			}
			if client.NeedsPeerProof() || client.ConnectionState().Verified&VerifyProof == 0 {
				t.Fatal("the proof has no effect")
			}
		} else {
			err := client.ConfirmPeer(twice[:], salt, []byte("\x01"+proof[1:]))
			expect(t, err, "TLSQL_E_PEER_PROOF")
			expect(t, client.Err(), "TLSQL_E_PEER_PROOF")
		}
		client.Close()
		server.Close()
	}
	for _, plugin := range []string{"mysql_clear_password", "dialog", "sha256_password",
		"caching_sha2_password", "mysql_old_password", ""} {
		client, server, _ := upgrade(t, ctx, serverContext(t, "server"))
		expect(t, client.AuthPlugin(plugin), "TLSQL_E_PEER_PROOF")
		_, err := client.Write([]byte("secret"))
		expect(t, err, "TLSQL_E_PEER_PROOF")
		client.Close()
		server.Close()
	}
}
