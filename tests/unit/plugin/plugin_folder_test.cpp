#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/hash.hpp"
#include "base/text.hpp"
#include "plugin/plugin_folder.hpp"

namespace millrace {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string built(const std::string& name) { return std::string(MR_TEST_LIBRARIES) + "/" + name + ".so"; }

class Plugins : public testing::Test {
 protected:
  Plugins() {
    std::string name = (fs::temp_directory_path() / "plugin_test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~Plugins() override { fs::remove_all(folder); }

  void install(const std::string& library, const std::string& as, const std::string& where = "") {
    fs::create_directories(folder / where);
    fs::copy_file(built(library), folder / where / ("millrace-" + as + ".so"));
  }
  PluginFolder scan() const { return scan_plugins({folder.string()}, MR_TEST_ATTEMPT); }

  fs::path folder{};
};

TEST_F(Plugins, AnOperatorIsDescribedWithAllThatItsFieldsSay) {
  const auto manifest = describe(built("odd"), MR_TEST_ATTEMPT);
  ASSERT_TRUE(manifest.ok()) << to_string(manifest.error());
  EXPECT_EQ(manifest->name, "odd");
  EXPECT_EQ(manifest->version, "0.9.0");
  const auto& echo = manifest->operators.back();
  EXPECT_EQ(echo.type, "odd.echo");
  EXPECT_EQ(echo.version, "1.2.0");
  EXPECT_EQ(echo.traits, 1u);
  const auto& schema = echo.config_schema;
  EXPECT_EQ(schema["required"], Json::array({"value"}));
  EXPECT_EQ(schema["additionalProperties"], Json(false));
  const auto& fields = schema["properties"];
  EXPECT_EQ(fields["times"], *Json::parse(R"({"type": "integer", "description": "A number.", "default": 1, "minimum": 1, "maximum": 3})"));
  EXPECT_EQ(fields["factor"], *Json::parse(R"({"type": "number", "description": "Perhaps a number."})"));
  EXPECT_EQ(fields["sources"], *Json::parse(R"({"type": "array", "items": {"type": "string"}, "default": [], "description": "Datasets.", "x-mr-dataset": "reads"})"));
  EXPECT_EQ(fields["target"], *Json::parse(R"({"type": "string", "default": "", "description": "A dataset.", "x-mr-dataset": "writes", "pattern": "^[a-z.]+$"})"));
  EXPECT_EQ(fields["query"]["x-mr-language"], Json("sql"));
  EXPECT_EQ(fields["password"]["x-mr-secret"], Json(true));
  EXPECT_EQ(fields["kind"]["enum"], Json::array({"a", "b"}));
  EXPECT_EQ(fields["labels"]["additionalProperties"], *Json::parse(R"({"type": "string"})"));
}

TEST_F(Plugins, AManifestSurvivesItsWrittenForm) {
  const auto manifest = describe(built("odd"), MR_TEST_ATTEMPT);
  ASSERT_TRUE(manifest.ok());
  const auto again = manifest_from(to_json(*manifest), built("odd"));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(to_json(*again), to_json(*manifest));
  EXPECT_EQ(again->operators.back().library, built("odd"));
}

struct Refusal {
  const char* library;
  const char* code;
  const char* says;
};

class Refused : public Plugins, public testing::WithParamInterface<Refusal> {};

TEST_P(Refused, ALibraryThatIsNoGoodPluginIsNamedAndTheOthersWork) {
  install("odd", "odd");
  install(GetParam().library, "bad");
  const auto found = scan();
  ASSERT_EQ(found.refused.size(), 1u);
  EXPECT_EQ(found.refused[0].code, GetParam().code);
  EXPECT_THAT(found.refused[0].what, HasSubstr(GetParam().says));
  EXPECT_EQ(found.refused[0].where, (folder / "millrace-bad.so").string());
  EXPECT_FALSE(found.refused[0].hint.empty());
  EXPECT_NE(found.operators.find("odd.echo"), nullptr);
}

INSTANTIATE_TEST_SUITE_P(Libraries, Refused,
                         testing::Values(Refusal{"crashes_on_load", "E4001", "crashed"}, Refusal{"no_plugin", "E4004", "millrace_plugin_1"},
                                         Refusal{"wrong_magic", "E4004", "magic"}, Refusal{"absurd_size", "E4004", "2147483647 bytes"},
                                         Refusal{"outside_profile", "E4014", "operator 'outside.profile', config.name: the keyword 'minLenght' is outside the profile"}, Refusal{"other_abi", "E4005", "ABI 2"}),
                         [](const auto& of) { return std::string(of.param.library); });

TEST_F(Plugins, ALibraryThatHangsIsGivenUp) {
  const auto manifest = describe(built("hangs_on_load"), MR_TEST_ATTEMPT, Millis{100});
  ASSERT_FALSE(manifest.ok());
  EXPECT_EQ(manifest.error().code, "E4001");
  EXPECT_THAT(manifest.error().what, HasSubstr("within 100ms"));
}

TEST_F(Plugins, ATextFileThatClaimsToBeALibraryIsRefused) {
  std::ofstream(folder / "millrace-text.so") << "hello";
  const auto found = scan();
  ASSERT_EQ(found.refused.size(), 1u);
  EXPECT_EQ(found.refused[0].code, "E4003");
}

TEST_F(Plugins, AMissingLibraryIsSaidSo) {
  const auto manifest = describe((folder / "millrace-none.so").string(), MR_TEST_ATTEMPT);
  ASSERT_FALSE(manifest.ok());
  EXPECT_EQ(manifest.error().code, "E4003");
}

TEST_F(Plugins, AMissingAttemptProgramIsSaidSo) {
  const auto manifest = describe(built("odd"), (folder / "none").string());
  ASSERT_FALSE(manifest.ok());
  EXPECT_EQ(manifest.error().code, "E4001");
}

TEST_F(Plugins, TheFirstFolderOfANameWins) {
  install("odd", "odd", "a");
  install("no_plugin", "odd", "b");
  const auto found = scan_plugins({(folder / "a").string(), (folder / "b").string()}, MR_TEST_ATTEMPT);
  EXPECT_TRUE(found.refused.empty());
  EXPECT_EQ(found.shadowed, std::vector{(folder / "b/millrace-odd.so").string()});
  ASSERT_NE(found.operators.find("odd.echo"), nullptr);
  EXPECT_EQ(found.operators.find("odd.echo")->library, (folder / "a/millrace-odd.so").string());
}

TEST_F(Plugins, OneTypeHasOnePlugin) {
  install("odd", "odd");
  install("odd", "twin");
  const auto found = scan();
  ASSERT_EQ(found.refused.size(), 9u);
  EXPECT_EQ(found.refused[0].code, "E4007");
  EXPECT_EQ(found.refused[0].where, (folder / "millrace-twin.so").string());
}

TEST_F(Plugins, AManifestOfTheSameLibraryIsTrustedWithoutOpeningIt) {
  install("crashes_on_load", "bad");
  const auto library = (folder / "millrace-bad.so").string();
  Manifest claimed{.name = "bad", .version = "1.0.0", .license = "", .abi_major = 1, .abi_minor = 0, .sha256 = *sha256_hex_of_file(library), .operators = {}};
  claimed.operators.push_back({.type = "bad.op", .config_schema = Json::object()});
  ASSERT_TRUE(write_text(manifest_path(library), to_json(claimed).dump()).ok());
  const auto found = scan();
  EXPECT_TRUE(found.refused.empty());
  EXPECT_NE(found.operators.find("bad.op"), nullptr);
}

TEST_F(Plugins, AManifestOfAnOlderLibraryIsMadeAgain) {
  install("odd", "odd");
  const auto library = (folder / "millrace-odd.so").string();
  ASSERT_TRUE(write_text(manifest_path(library), R"({"name": "odd", "sha256": "0", "operators": [{"type": "odd.gone", "config_schema": {}}]})").ok());
  const auto found = scan();
  EXPECT_EQ(found.operators.find("odd.gone"), nullptr);
  EXPECT_NE(found.operators.find("odd.echo"), nullptr);
  const auto text = read_text(manifest_path(library));
  ASSERT_TRUE(text.ok());
  EXPECT_THAT(*text, HasSubstr(*sha256_hex_of_file(library)));
}

// What one call asks for is found by manifests alone; the library here could not be opened.
TEST_F(Plugins, AnOperatorIsFoundByAManifestThatIsAsNewAsItsLibrary) {
  install("crashes_on_load", "bad");
  const auto library = (folder / "millrace-bad.so").string();
  Manifest claimed{.name = "bad", .version = "1.0.0", .license = "", .abi_major = 1, .abi_minor = 0, .sha256 = "of something else", .operators = {}};
  claimed.operators.push_back({.type = "bad.op", .config_schema = Json::object()});
  ASSERT_TRUE(write_text(manifest_path(library), to_json(claimed).dump()).ok());
  EXPECT_EQ(library_of({folder.string()}, MR_TEST_ATTEMPT, "bad.op"), library);
  fs::last_write_time(manifest_path(library), fs::last_write_time(library) - std::chrono::seconds(1));
  EXPECT_EQ(library_of({folder.string()}, MR_TEST_ATTEMPT, "bad.op"), "");
}

TEST_F(Plugins, AnOperatorOfALibraryWithoutManifestIsFound) {
  install("odd", "odd", "a");
  install("no_plugin", "odd", "b");
  const std::vector<std::string> folders{(folder / "a").string(), (folder / "b").string(), (folder / "none").string()};
  for (int turn = 0; turn < 2; ++turn) EXPECT_EQ(library_of(folders, MR_TEST_ATTEMPT, "odd.echo"), (folder / "a/millrace-odd.so").string());
  EXPECT_EQ(library_of(folders, MR_TEST_ATTEMPT, "odd.gone"), "");
}

TEST_F(Plugins, FoldersThatAreNotThereAreEmpty) {
  const auto found = scan_plugins({(folder / "none").string()}, MR_TEST_ATTEMPT);
  EXPECT_TRUE(found.operators.all().empty());
  EXPECT_TRUE(found.refused.empty());
}

}  // namespace
}  // namespace millrace
