// Reads, parses, builds and validates a configuration.
#include "config/loader.hpp"

#include "config/builder.hpp"
#include "config/nginx_parser.hpp"
#include "config/report.hpp"
#include "config/source_reader.hpp"
#include "config/tls_validator.hpp"
#include "config/toml_reader.hpp"
#include "config/validator.hpp"

#include <filesystem>
#include <iterator>
#include <utility>

namespace config {
namespace {

Syntax syntax_of(const std::string& path) {
    return path.ends_with(".toml") ? Syntax::toml : Syntax::nginx;
}

// An empty directory is the working directory.
std::string absolute(const std::string& directory) {
    std::error_code error;
    const auto path = std::filesystem::absolute(directory.empty() ? "." : directory, error);
    return error ? "/" : path.lexically_normal().string();
}

class Loading {
  public:
    explicit Loading(const LoadOptions& options) : options_(options), reader_(report_, options.includes) {}

    SourceReader& reader() { return reader_; }

    /// `file` is absent if it could not be read, which is reported already.
    Loaded finish(const std::string& name, std::optional<std::uint32_t> file) {
        std::optional<std::uint32_t> globals;
        Model model;
        if (file) {
            const Syntax syntax = syntax_of(name);
            auto nodes = syntax == Syntax::toml ? read_toml(*file, report_, reader_)
                                                : parse_nginx(*file, directory_of(name), report_, reader_);
            if (!options_.globals.empty()) {
                globals = reader_.add_text("command line", options_.globals);
                auto more = parse_nginx(*globals, directory_of(name), report_, reader_);
                std::move(more.begin(), more.end(), std::back_inserter(nodes));
            }
            auto built =
                build(nodes, syntax, {absolute(options_.prefix), absolute(directory_of(name))}, report_);
            if (options_.to_run && built.model.servers.empty() && !report_.has_errors()) report_no_server(*file, syntax);
            validate(built.model, built.origins, report_);
            validate_tls(built.model, built.origins, syntax, report_);
            model = std::move(built.model);
        }
        Loaded loaded;
        if (!report_.has_errors()) loaded.model = std::make_shared<const Model>(std::move(model));
        loaded.diagnostics = report_.take_diagnostics();
        loaded.sources = report_.take_sources();
        if (globals) loaded.sources.erase(loaded.sources.begin() + *globals);
        return loaded;
    }

  private:
    // Most of all where a file is read that another program has not written to its end yet.
    void report_no_server(std::uint32_t file, Syntax syntax) {
        report_.error({file, 1, 1}, "no server is configured, so nothing would listen",
                      syntax == Syntax::nginx ? "add a block \"http { server { ... } }\"" : "add a table [[server]]");
    }

    const LoadOptions& options_;
    Report report_;
    SourceReader reader_;
};

}  // namespace

Loaded load(const std::string& path, const LoadOptions& options) {
    Loading loading(options);
    const auto file = loading.reader().read_main(path);
    return loading.finish(path, file);
}

Loaded load_text(const std::string& name, std::string text, const LoadOptions& options) {
    Loading loading(options);
    const auto file = loading.reader().add_text(name, std::move(text));
    return loading.finish(name, file);
}

}  // namespace config
