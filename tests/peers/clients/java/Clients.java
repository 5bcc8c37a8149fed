import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Properties;

/** Connections of Connector/J: {@code Clients STORES CERTS USER PASSWORD}, as clients.py has it. */
public class Clients {
  static final String SECRET = "changeit";
  static Path stores, certs;
  static String user, password;

  public static void main(String[] args) throws Exception {
    stores = Path.of(args[0]);
    certs = Path.of(args[1]);
    user = args[2];
    password = args[3];
    makeStores();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = lines.readLine()) != null; ) {
      String[] words = line.split(" ");
      try {
        System.out.println("in " + connect(words[0], words[1], words[2].equals("with")));
      } catch (Exception error) {
        StringBuilder causes = new StringBuilder();
        for (Throwable e = error; e != null; e = e.getCause()) causes.append(" | ").append(e);
        if (error instanceof SQLException e) causes.append(" | ").append(e.getErrorCode());
        System.out.println("out" + causes.toString().replace('\n', ' '));
      }
    }
  }

  static String connect(String port, String mode, boolean certificate) throws Exception {
    Properties with = new Properties();
    with.put("user", user + (certificate ? "_x509" : ""));
    with.put("password", password);
    with.put("sslMode", mode);
    if (mode.startsWith("VERIFY_")) {
      with.put("trustCertificateKeyStoreUrl", stores.resolve("ca.p12").toUri().toString());
      with.put("trustCertificateKeyStoreType", "PKCS12");
      with.put("trustCertificateKeyStorePassword", SECRET);
    }
    if (certificate) {
      with.put("clientCertificateKeyStoreUrl", stores.resolve("client.p12").toUri().toString());
      with.put("clientCertificateKeyStoreType", "PKCS12");
      with.put("clientCertificateKeyStorePassword", SECRET);
    }
    try (Connection made = DriverManager.getConnection("jdbc:mysql://localhost:" + port, with);
        ResultSet rows = made.createStatement().executeQuery("SHOW STATUS LIKE 'Ssl_version'")) {
      rows.next();
      return rows.getString(2);
    }
  }

  /** It takes no PEM files. */
  static void makeStores() throws Exception {
    KeyStore trusted = empty();
    trusted.setCertificateEntry("ca", certificate("ca.pem"));
    write(trusted, "ca.p12");
    KeyStore own = empty();
    Certificate[] chain = {certificate("client-cert.pem")};
    own.setKeyEntry("client", key("client-key.pem", chain[0]), SECRET.toCharArray(), chain);
    write(own, "client.p12");
  }

  static KeyStore empty() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  static void write(KeyStore store, String name) throws Exception {
    try (FileOutputStream out = new FileOutputStream(stores.resolve(name).toFile())) {
      store.store(out, SECRET.toCharArray());
    }
  }

  static Certificate certificate(String name) throws Exception {
    try (FileInputStream in = new FileInputStream(certs.resolve(name).toFile())) {
      return CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  static PrivateKey key(String name, Certificate of) throws Exception {
    String pem = Files.readString(certs.resolve(name)).replaceAll("-----[A-Z ]+-----|\\s", "");
    KeyFactory keys = KeyFactory.getInstance(of.getPublicKey().getAlgorithm());
    return keys.generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
  }
}
