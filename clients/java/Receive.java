// Sample client: follows an uketsuke terminal and writes each result into a file. JDK 17, one file, no library:
//
//     java Receive.java SOCKET FOLDER            follow for ever
//     java Receive.java SOCKET FOLDER --once     take what is there, then stop
//
// Written to be copied from. It claims before it reads (a result has one owner), acknowledges only after the file lies on the
// disk, and leaves alone what belongs to somebody else. Killed anywhere in between, it gets the same result again under the
// same name. The terminal keeps its place in the events: when it connects, it first takes what waits, then what the events
// bring from that place on. What it acknowledged once it does not write again, so that an importer may move the files away.
//
// Exit codes: 0 done, 1 refused or left, 2 wrong arguments, 3 not reached.

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public final class Receive {
    private static final int MAX_BODY = 16 * 1024 * 1024;
    /** The stream has a heartbeat every 15 seconds: after so many without a byte the connection is dead. */
    private static final long SILENCE_MS = 1000L * Integer.getInteger("uketsuke.silence", 45);

    private final Path socket;
    private final Path folder;
    private boolean left;

    private Receive(Path socket, Path folder) {
        this.socket = socket;
        this.folder = folder;
    }

    public static void main(String[] args) {
        boolean once = args.length == 3 && args[2].equals("--once");
        if ((args.length != 2 && !once) || !Files.isDirectory(Path.of(args[1]))) {
            System.err.println("usage: java Receive.java SOCKET FOLDER [--once] (an existing folder)");
            System.exit(2);
        }
        Receive client = new Receive(Path.of(args[0]), Path.of(args[1]));
        while (true) {
            try {
                if (once) {
                    client.takeWaiting();
                    System.exit(client.left ? 1 : 0);
                }
                client.follow();
            } catch (Refused refused) {
                System.err.println("refused: " + refused.getMessage());
                if (once || refused.status == 403) {
                    System.exit(1);
                }
            } catch (IOException error) {
                System.err.println("not reached: " + error.getMessage());
                if (once) {
                    System.exit(3);
                }
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(2000);
        } catch (InterruptedException stop) {
            System.exit(0);
        }
    }

    /** Everything that nobody has acknowledged and that is nobody's or ours. */
    private void takeWaiting() throws IOException {
        String after = "0";
        while (after != null) {
            String page = ask("GET", "/v1/results?state=unacknowledged&limit=100&after=" + after).text();
            for (String result : objects(page, "results")) {
                String id = field(result, "id");
                if ("null".equals(raw(result, "owner")) || "true".equals(raw(result, "mine"))) {
                    take(id);
                }
            }
            String next = raw(page, "next");
            after = next == null || next.equals("null") ? null : next;
        }
    }

    /** Follows the events: a stream of "field: value" lines, an event ends with an empty line. */
    private void follow() throws IOException {
        try (SocketChannel channel = open();
                Reader reader = asked(channel, "GET", "/v1/events?from=cursor", "text/event-stream", "")) {
            Head head = reader.head();
            if (head.status != 200) {
                throw new Refused(head.status, "the event stream");
            }
            takeWaiting();
            StringBuilder data = new StringBuilder();
            while (true) {
                String line = reader.chunkedLine();
                if (line.startsWith("data:")) {
                    data.append(line.substring(5).trim());
                } else if (line.isEmpty() && data.length() > 0) {
                    String event = data.toString();
                    data.setLength(0);
                    String kind = field(event, "kind");
                    // "result-released": another client gave it back, so it may be ours now.
                    if ("result-stored".equals(kind) || "result-released".equals(kind)) {
                        take(field(event, "result"));
                    }
                    ask("PUT", "/v1/events/cursor", "{\"seq\":" + raw(event, "seq") + "}");
                }
            }
        }
    }

    private void take(String id) throws IOException {
        if (id == null || !id.matches("[A-Za-z0-9-]{1,100}")) {
            System.out.println("left: strange id");
            left = true;
            return;
        }
        try {
            Answer claimed = ask("POST", "/v1/results/" + id + "/claim");
            if ("acknowledged".equals(field(claimed.text(), "state"))) {
                return; // taken in an earlier run
            }
            String mark = "true".equals(raw(claimed.text(), "simulated")) ? "SIMULATION_" : "";
            Answer result = ask("GET", "/v1/results/" + id);
            if (result.copy) {
                throw new Refused(409, "a copy, not for import");
            }
            write(mark + id + ".json", result.body);
            ask("POST", "/v1/results/" + id + "/acknowledge");
            System.out.println("taken " + id);
        } catch (Refused refused) {
            if (refused.passes()) {
                throw refused; // the place in the events must not move past it
            }
            // 409: somebody else's. Anything else is left claimed, for a person to look at.
            System.out.println("left " + id + ": " + refused.getMessage());
            left |= refused.status != 409;
        }
    }

    /** Under a temporary name, forced to the disk, renamed, and the folder forced too. */
    private void write(String name, byte[] body) throws IOException {
        Path temporary = folder.resolve("." + name + ".part");
        try (FileChannel file = FileChannel.open(temporary, StandardOpenOption.CREATE,
                StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(body);
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(true);
        }
        Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    // HTTP over a Unix socket: a request is a few lines of text.

    private SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            return channel;
        } catch (IOException error) {
            channel.close();
            throw new IOException(socket + ": " + error.getMessage());
        }
    }

    private static Reader asked(SocketChannel channel, String method, String target, String accept, String body)
            throws IOException {
        send(channel, method, target, accept, body);
        return new Reader(channel);
    }

    private static void send(SocketChannel channel, String method, String target, String accept, String body)
            throws IOException {
        String head = method + " " + target + " HTTP/1.1\r\nHost: terminal\r\nAccept: " + accept
                + (body.isEmpty() ? "" : "\r\nContent-Type: application/json")
                + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
        ByteBuffer bytes = ByteBuffer.wrap(head.getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private Answer ask(String method, String target) throws IOException {
        return ask(method, target, "");
    }

    private Answer ask(String method, String target, String body) throws IOException {
        try (SocketChannel channel = open();
                Reader reader = asked(channel, method, target, "application/json", body)) {
            Head head = reader.head();
            if (head.length < 0 || head.length > MAX_BODY) {
                throw new IOException("an answer without a usable length");
            }
            Answer answer = new Answer(reader.bytes(head.length), head.copy);
            if (head.status != 200) {
                throw new Refused(head.status, field(answer.text(), "code") + " " + field(answer.text(), "en"));
            }
            return answer;
        }
    }

    private record Head(int status, int length, boolean copy) {}

    private record Answer(byte[] body, boolean copy) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private static final class Refused extends IOException {
        final int status;

        Refused(int status, String why) {
            super(why + " (" + status + ")");
            this.status = status;
        }

        /** Too slow, too many, not now, no space: the same may go well later. */
        boolean passes() {
            return status == 408 || status == 429 || status == 503 || status == 507;
        }
    }

    /** Reads, and waits for a byte no longer than a living terminal is silent: a channel has no time limit of its own. */
    private static final class Reader implements Closeable {
        private final SocketChannel channel;
        private final Selector selector = Selector.open();
        private final ByteBuffer buffer = ByteBuffer.allocate(8192).flip();
        private int inChunk;

        Reader(SocketChannel channel) throws IOException {
            this.channel = channel;
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
        }

        @Override
        public void close() throws IOException {
            selector.close();
        }

        int one() throws IOException {
            if (!buffer.hasRemaining()) {
                buffer.clear();
                int count = channel.read(buffer);
                while (count == 0) {
                    if (selector.select(SILENCE_MS) == 0) {
                        throw new IOException("the terminal has been silent for " + SILENCE_MS + " ms");
                    }
                    selector.selectedKeys().clear();
                    count = channel.read(buffer);
                }
                if (count < 0) {
                    throw new EOFException("the terminal closed the connection");
                }
                buffer.flip();
            }
            return buffer.get() & 0xff;
        }

        String line() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int next = one(); next != '\n'; next = one()) {
                line.write(next);
                if (line.size() > 65536) {
                    throw new IOException("an endless line");
                }
            }
            return line.toString(StandardCharsets.UTF_8).stripTrailing();
        }

        Head head() throws IOException {
            int status = Integer.parseInt(line().split(" ")[1]);
            int length = -1;
            boolean copy = false;
            for (String line = line(); !line.isEmpty(); line = line()) {
                if (line.toLowerCase().startsWith("content-length:")) {
                    length = Integer.parseInt(line.substring(15).trim());
                }
                copy |= line.toLowerCase().startsWith("uketsuke-copy:");
            }
            return new Head(status, length, copy);
        }

        byte[] bytes(int length) throws IOException {
            byte[] bytes = new byte[length];
            for (int at = 0; at < length; at++) {
                bytes[at] = (byte) one();
            }
            return bytes;
        }

        /** A line of a stream that comes in chunks: a size in hexadecimal, so many bytes, an empty line, again. */
        String chunkedLine() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (true) {
                if (inChunk == 0) {
                    String size = line();
                    if (size.isEmpty()) {
                        size = line();
                    }
                    inChunk = Integer.parseInt(size.split(";")[0].trim(), 16);
                    if (inChunk == 0) {
                        throw new EOFException("the terminal ended the stream");
                    }
                }
                int next = one();
                inChunk--;
                if (next == '\n') {
                    return line.toString(StandardCharsets.UTF_8).stripTrailing();
                }
                line.write(next);
            }
        }
    }

    // As much JSON as is needed: the terminal's answers have their own fields on the first level and no braces in texts.
    // A receipt computer has a real JSON library; use that.

    private static String raw(String json, String name) {
        Matcher found = Pattern.compile("\"" + name + "\":(\"(?:[^\"\\\\]|\\\\.)*\"|[^,}\\]]+)").matcher(json);
        return found.find() ? found.group(1) : null;
    }

    private static String field(String json, String name) {
        String raw = raw(json, name);
        return raw == null || !raw.startsWith("\"") ? null : raw.substring(1, raw.length() - 1);
    }

    private static List<String> objects(String json, String list) {
        List<String> found = new ArrayList<>();
        int at = json.indexOf("\"" + list + "\":[");
        for (int depth = 0, from = 0; at >= 0 && at < json.length(); at++) {
            char c = json.charAt(at);
            if (c == '{' && depth++ == 0) {
                from = at;
            } else if (c == '}' && --depth == 0) {
                found.add(json.substring(from, at + 1));
            } else if (c == ']' && depth == 0) {
                break;
            }
        }
        return found;
    }
}
