// Encrypted connections of sql.run: PostgreSQL and MariaDB with certificates of an authority made for the test.
#include "databases.hpp"

namespace {

using namespace mr::database::testing;
using mr::Json;

// An authority, a certificate of localhost by it, and another authority that knows nothing of it.
class Certificates {
 public:
  Certificates() {
    std::string name = (fs::temp_directory_path() / "sql_tls.XXXXXX").string();
    folder = ::mkdtemp(name.data());
    fs::permissions(folder, fs::perms(0755));
    const auto make = [this](const std::string& name_, const std::string& more) {
      const auto command = "cd '" + folder.string() + "' && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout " + name_ + ".key -out " + name_ + ".pem -subj /CN=" + name_ + " " + more + " >/dev/null 2>&1";
      return std::system(command.c_str()) == 0;
    };
    good = make("ca", "-addext basicConstraints=critical,CA:TRUE") && make("other", "-addext basicConstraints=critical,CA:TRUE") && make("server", "-addext subjectAltName=DNS:localhost -CA ca.pem -CAkey ca.key");
  }
  ~Certificates() { fs::remove_all(folder); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  // Servers run as users of their own, and PostgreSQL wants its key to be nobody else's.
  void belong_to(const std::string& user) const {
    const auto command = "chown " + user + " '" + (folder / "server.key").string() + "' 2>/dev/null";
    if (::getuid() == 0 && std::system(command.c_str()) != 0) std::cerr << "there is no user " << user << "\n";
  }
  std::string file(const char* name) const { return (folder / name).string(); }

  fs::path folder{};
  bool good = false;
};

class Encrypted : public Database {
 protected:
  void try_all(const Service& service, const Certificates& made, const std::string& base, const std::string& password, const std::string& mode, const std::string& authority, const std::string& verify, const std::string& require) {
    if (!service.why.empty()) {
      std::cerr << "SKIPPED: TLS, because " << service.why << "\n";
      GTEST_SKIP() << service.why;
    }
    place = {"server", base, password};
    const auto with_mode = [&](const std::string& word, const char* ca) { return base + "?" + mode + "=" + word + (ca == nullptr ? "" : "&" + authority + "=" + made.file(ca)); };
    const auto answer = [&](const std::string& connection) { return run({{"sql", "select 1"}, {"connection", connection}}); };
    EXPECT_EQ(answer(with_mode(verify, "ca.pem")), MR_SUCCEEDED) << host.failure();
    EXPECT_EQ(answer(with_mode(require, nullptr)), MR_SUCCEEDED) << host.failure();
    EXPECT_EQ(answer(base), MR_SUCCEEDED) << host.failure();
    EXPECT_EQ(answer(with_mode(verify, "other.pem")), MR_FAILED_FINAL) << "an authority that knows nothing of it";
    EXPECT_EQ(code(), "E4114 config") << host.failure();
    auto elsewhere = with_mode(verify, "ca.pem");
    elsewhere.replace(elsewhere.find("@localhost"), 10, "@127.0.0.1");
    EXPECT_EQ(answer(elsewhere), MR_FAILED_FINAL) << "another name than the certificate's";
    EXPECT_EQ(code(), "E4114 config") << host.failure();
  }

  // What the server itself says of the connection.
  std::string seen_by_server(const std::string& connection, const std::string& sql) const { return done({{"sql", sql}, {"connection", connection}, {"rows", 1}})["rows"][0].dump(); }
};

std::string at_localhost(std::string url) { return url.replace(url.find("@127.0.0.1"), 10, "@localhost"); }

TEST_F(Encrypted, PostgresIsWhoItsCertificateSays) {
  const Certificates made;
  ASSERT_TRUE(made.good);
  made.belong_to("postgres");
  const Service service("postgres", "PG_FSYNC=off PG_CONF='ssl=on ssl_cert_file=" + made.file("server.pem") + " ssl_key_file=" + made.file("server.key") + "'");
  const auto url = at_localhost(postgres_url(service));
  try_all(service, made, url, "", "sslmode", "sslrootcert", "verify-full", "require");
  if (!service.why.empty()) return;
  EXPECT_EQ(seen_by_server(url, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"), "{\"ssl\":true}") << "by default, when the server can";
}

TEST_F(Encrypted, MariadbIsWhoItsCertificateSays) {
  const Certificates made;
  ASSERT_TRUE(made.good);
  made.belong_to("mysql");
  const Service service("mariadb", "MARIADB_CONF='--ssl-ca=" + made.file("ca.pem") + " --ssl-cert=" + made.file("server.pem") + " --ssl-key=" + made.file("server.key") + "'");
  const auto url = at_localhost(mysql_url(service));
  try_all(service, made, url, service.value("MYSQL_PWD"), "ssl-mode", "ssl-ca", "verify_identity", "required");
  if (!service.why.empty()) return;
  EXPECT_EQ(seen_by_server(url, "show session status like 'Ssl_cipher'").find("\"Value\":\"\""), std::string::npos) << "by default, when the server can";
  EXPECT_NE(seen_by_server(url + "?ssl-mode=disabled", "show session status like 'Ssl_cipher'").find("\"Value\":\"\""), std::string::npos);
}

}  // namespace
