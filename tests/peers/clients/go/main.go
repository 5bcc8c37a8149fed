// Command clients makes connections of go-sql-driver/mysql: `clients CERTS USER PASSWORD`, as
// ../clients.py has it.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"fmt"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"
)

const query = "SHOW STATUS LIKE 'Ssl_version'"

var certs, user, password = os.Args[1], os.Args[2], os.Args[3]

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		version, err := connect(words[0], words[1], words[2] == "with")
		if err != nil {
			fmt.Println("out", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("in", version)
		}
	}
}

func connect(port, mode string, certificate bool) (string, error) {
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", "localhost:"+port
	config.User, config.Passwd = user, password
	config.Logger = &mysql.NopLogger{}
	if certificate {
		config.User += "_x509"
	}
	if err := secure(config, mode, certificate); err != nil {
		return "", err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return "", err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	var name, version string
	err = db.QueryRow(query).Scan(&name, &version)
	return version, err
}

// secure has tls=false, preferred and skip-verify; what needs a certificate or a CA has a tls.Config.
func secure(config *mysql.Config, mode string, certificate bool) error {
	switch {
	case mode == "DISABLED":
		config.TLSConfig = "false"
		return nil
	case mode == "PREFERRED" && !certificate:
		config.TLSConfig = "preferred"
		return nil
	case mode == "REQUIRED" && !certificate:
		config.TLSConfig = "skip-verify"
		return nil
	}
	config.TLS = &tls.Config{InsecureSkipVerify: mode != "VERIFY_IDENTITY"}
	config.AllowFallbackToPlaintext = mode == "PREFERRED"
	pem, err := os.ReadFile(certs + "/ca.pem")
	if err != nil {
		return err
	}
	config.TLS.RootCAs = x509.NewCertPool()
	config.TLS.RootCAs.AppendCertsFromPEM(pem)
	if certificate {
		pair, err := tls.LoadX509KeyPair(certs+"/client-cert.pem", certs+"/client-key.pem")
		if err != nil {
			return err
		}
		config.TLS.Certificates = []tls.Certificate{pair}
	}
	return nil
}
