// Command resume makes connections of go-sql-driver/mysql with one tls.Config and its
// ClientSessionCache: `resume CERTS USER PASSWORD`, as ../../resume.py has it.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"
)

const query = "SHOW STATUS LIKE 'Ssl_sessions_reused'"

var certs, user, password = os.Args[1], os.Args[2], os.Args[3]

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		said, err := answer(strings.Fields(lines.Text()))
		if err != nil {
			fmt.Println("out", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("in", strings.Join(said, " "))
		}
	}
}

func answer(words []string) ([]string, error) {
	resumed := false
	config := mysql.NewConfig()
	config.Net, config.Addr = "tcp", "localhost:"+words[0]
	config.User, config.Passwd = user, password
	config.Logger = &mysql.NopLogger{}
	config.TLS = &tls.Config{
		ServerName:         "localhost",
		RootCAs:            x509.NewCertPool(),
		ClientSessionCache: tls.NewLRUClientSessionCache(8),
		VerifyConnection: func(state tls.ConnectionState) error {
			resumed = state.DidResume
			return nil
		},
	}
	pem, err := os.ReadFile(certs + "/ca.pem")
	if err != nil {
		return nil, err
	}
	config.TLS.RootCAs.AppendCertsFromPEM(pem)
	versions := map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}
	config.TLS.MinVersion, config.TLS.MaxVersion = versions[words[1]], versions[words[1]]
	if words[2] == "with" {
		config.User += "_x509"
		pair, err := tls.LoadX509KeyPair(certs+"/client-cert.pem", certs+"/client-key.pem")
		if err != nil {
			return nil, err
		}
		config.TLS.Certificates = []tls.Certificate{pair}
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	count, err := strconv.Atoi(words[3])
	if err != nil {
		return nil, err
	}
	said := []string{}
	for range count {
		server, err := meet(connector)
		if err != nil {
			return nil, err
		}
		switch {
		case server != resumed:
			return nil, fmt.Errorf("resumed? The server says %v, the client %v", server, resumed)
		case resumed:
			said = append(said, "resumed")
		default:
			said = append(said, "full")
		}
	}
	return said, nil
}

// meet makes one connection and returns whether the server says that it was resumed.
func meet(connector driver.Connector) (bool, error) {
	db := sql.OpenDB(connector)
	defer db.Close()
	var name, value string
	err := db.QueryRowContext(context.Background(), query).Scan(&name, &value)
	return value == "1", err
}
