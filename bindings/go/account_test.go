package tlsql

import "testing"

func account(t *testing.T, pairs ...string) *Account {
	t.Helper()
	a, err := NewAccount()
	for i := 0; err == nil && i < len(pairs); i += 2 {
		err = a.Set(pairs[i], pairs[i+1])
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAccounts(t *testing.T) {
	client, server, errs := upgrade(t, newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": "REQUIRED"}}), serverContext(t, "server"))
	if errs[0] != nil || errs[1] != nil {
		t.Fatalf("client: %v; server: %v", errs[0], errs[1])
	}
	defer client.Close()
	defer server.Close()
	ssl := account(t, "clause", "REQUIRE SSL")
	if refusal, log := server.CheckAccount(ssl, "bob", "h", PasswordYes); refusal != nil || log != nil {
		t.Fatalf("%v, %v", refusal, log)
	}
	expect(t, ssl.Set("require", "NONE"), "TLSQL_E_STATE")
	expect(t, account(t).Set("clause", "REQUIRE TLS"), "TLSQL_E_OPTION_VALUE")

	const denied = "Access denied for user 'bob'@'h' (using password: YES)"
	for _, c := range []struct {
		account *Account
		code    Code
	}{
		{account(t, "require", "X509"), CodeAccountX509},
		{account(t, "cipher", "AES128-SHA"), CodeAccountCipher},
		{account(t), CodeArgument},
	} {
		refusal, log := server.CheckAccount(c.account, "bob", "h", PasswordYes)
		if refusal == nil || log == nil || refusal.Code != c.code || log.Code != c.code {
			t.Fatalf("%v, %v", refusal, log)
		}
		if refusal.Message != denied || refusal.MySQLErrno != 1045 || refusal.SQLState != "28000" {
			t.Errorf("%v", refusal)
		}
		if (c.code == CodeAccountCipher) != (log.LogCode == 10289) {
			t.Errorf("%v: MY-%06d", log, log.LogCode)
		}
	}
	// Without an account there is nothing to log.
	refusal, log := server.CheckAccount(nil, "bob", "h", PasswordYes)
	if refusal.Message != denied || refusal.Code != CodeNull || log != nil {
		t.Errorf("%v, %v", refusal, log)
	}
	refusal, log = server.CheckAccount(nil, "bob", "h", PasswordNotMentioned)
	if refusal.MySQLErrno != 1698 || log != nil {
		t.Errorf("%v, %v", refusal, log)
	}
}

func TestOwnProof(t *testing.T) {
	client, server, errs := upgrade(t, newContext(t, RoleClient, Settings{Options: map[string]string{
		"ssl-mode": "REQUIRED"}}), serverContext(t, "server"))
	if errs[0] != nil || errs[1] != nil {
		t.Fatalf("client: %v; server: %v", errs[0], errs[1])
	}
	defer client.Close()
	defer server.Close()
	stored := make([]byte, 32)
	own, err := server.OwnProof(stored, salt)
	if err != nil {
		t.Fatal(err)
	}
	if proof, err := client.PeerProof(stored, salt); err != nil || proof != own {
		t.Fatalf("%q is not %q: %v", proof, own, err)
	}
	_, err = server.OwnProof(nil, salt)
	expect(t, err, "TLSQL_E_ARGUMENT")
	_, err = server.OwnProof(stored, make([]byte, 21))
	expect(t, err, "TLSQL_E_ARGUMENT")
	_, err = client.OwnProof(stored, salt)
	expect(t, err, "TLSQL_E_STATE")
}
