// Follows a log file like `tail -F` and sends its lines to every viewer.
#include "logtail/viewer.hpp"
#include "websocket/program.hpp"

int main(int argc, char** argv) {
    backend::Program program("Sends the lines of a log file to the viewers at /logs?last=N",
                             backend::Compression::permessage_deflate);
    std::string file;
    program.flags().add_option("--log", file, "The log file to follow; it may come later")->required();
    return program.run(argc, argv, [&](boost::asio::io_context& loop, backend::Application& application) {
        auto log = std::make_shared<logtail::Log>(loop.get_executor(), file);
        application.route<logtail::Viewer>("/logs", *log);
        return log;
    });
}
