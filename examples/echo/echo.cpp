// Answers every message with "You said: ..."; the seed's example, in C++.
#include "websocket/program.hpp"

namespace {

struct Settings {
    std::string name = "echo";
    std::vector<std::string> subprotocols = {"echo"};
};

/// ?prefix=TEXT replaces "You said: "; ?announce=1 says first which backend this is.
class Echo final : public backend::WebSocketHandler {
  public:
    explicit Echo(const Settings& settings) : settings_(settings) {}

    void open() override {
        prefix_ = get_argument("prefix", "You said:") + " ";
        if (!get_argument("announce", "").empty()) write_message("This is " + settings_.name);
    }

    void on_message(const backend::Message& message) override {
        write_message(backend::Message{prefix_ + message.data, message.kind});
    }

    std::optional<std::string> select_subprotocol(const std::vector<std::string>& offered) override {
        for (const auto& wanted : settings_.subprotocols) {
            if (std::find(offered.begin(), offered.end(), wanted) != offered.end()) return wanted;
        }
        return std::nullopt;
    }

  private:
    const Settings& settings_;
    std::string prefix_;
};

}  // namespace

int main(int argc, char** argv) {
    backend::Program program("Answers every WebSocket message at /echo with \"You said: ...\"",
                             backend::Compression::permessage_deflate);
    Settings settings;
    program.flags().add_option("--name", settings.name, "What ?announce=1 tells")->capture_default_str();
    program.flags()
        .add_option("--subprotocol", settings.subprotocols, "Accepted subprotocols, the preferred one first")
        ->capture_default_str();
    return program.run(argc, argv, [&](boost::asio::io_context&, backend::Application& application) {
        application.route<Echo>("/echo", settings);
        application.route<Echo>("/", settings);
        return nullptr;
    });
}
