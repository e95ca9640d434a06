// One golden case: a text file of sections, and the configuration files it unpacks into a directory.
#pragma once

#include "config/loader.hpp"
#include "tests/support/temporary_folder.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace config_tests {

/// A file of sections, each begun by a line `--- NAME`:
/// - `nginx`, `toml`: the two forms of a configuration, one of them at least;
/// - `toml with nginx defaults`: a TOML form that is to mean the same as the nginx form beside it; the six
///   settings whose defaults differ between the syntaxes are put before it;
/// - `file PATH`: a further file, for include;
/// - `model`: lines that the printed model has to hold, in this order;
/// - `nginx diagnostics`, `toml diagnostics`: exactly what is reported; nothing if the section is missing.
/// What stands before the first section says what the case shows.
struct CaseFile {
    std::string name;
    std::map<std::string, std::string> sections;

    bool has(const std::string& section) const { return sections.count(section) > 0; }
    std::string section(const std::string& title) const;
};

/// All cases in the folder, by name.
std::vector<CaseFile> read_cases();

/// The outcome of one form of a case.
struct Outcome {
    config::Loaded loaded;
    std::string diagnostics;  ///< rendered, without the name of the directory the files were unpacked to
};

/// A directory for the files of one case, removed at the end.
class UnpackedCase {
  public:
    explicit UnpackedCase(const CaseFile& file);

    /// Loads one form ("nginx" or "toml") with the prefix /prefix; nothing if the case does not have it.
    std::optional<Outcome> load(const std::string& syntax) const;

    const std::filesystem::path& directory() const { return directory_.path(); }

  private:
    TemporaryFolder directory_;
    std::map<std::string, std::string> names_;  // syntax -> file name
};

}  // namespace config_tests
