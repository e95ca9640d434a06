// Runs Socket.IO conversations with their default transports, long polling and then WebSocket, and prints as JSON what
// became of each.
// usage: socketio_client.js URL COUNT
'use strict';

const {io} = require(process.env.TIDEGATE_NODE_MODULES + '/socket.io-client');

const [url, count] = process.argv.slice(2);

/** One client with cookies of its own: says something while it polls, and again once it has been upgraded. */
function converse() {
    const report = {answers: []};
    const socket = io(url, {forceNew: true, withCredentials: true, reconnection: false});
    return new Promise((resolve) => {
        const end = (error) => {
            if (error) report.error = error;
            socket.removeAllListeners();
            socket.io.removeAllListeners();
            socket.close();
            resolve(report);
        };
        const upgraded = new Promise((done) => socket.io.engine.on('upgrade', done));
        socket.on('connect_error', (error) => end(error.message));
        socket.io.on('close', (reason) => end(reason));  // also before the socket was connected
        socket.on('connect', async () => {
            report.answers.push(await socket.emitWithAck('say', 'before'));
            await upgraded;
            report.answers.push(await socket.emitWithAck('say', 'after'));
            end();
        });
    });
}

Promise.all(Array.from({length: Number(count)}, converse)).then((reports) => {
    console.log(JSON.stringify(reports));
    process.exit(); // a poll that nobody waits for any more would keep it alive
});
