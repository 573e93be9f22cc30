package dev.paca.chat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The arguments as they were typed. Where the locale is not UTF-8, as in most containers, Java has put replacement
 * characters in place of what is not ASCII; Linux still knows the bytes.
 */
final class Arguments {
    private Arguments() {}

    static String[] exact(String[] args) {
        String launcher = System.getenv("PACA_LAUNCHED");
        String encoding = launcher == null ? System.getProperty("sun.jnu.encoding", "UTF-8") : launcher;
        if (encoding.equalsIgnoreCase("UTF-8")) {
            return args;
        }
        // What the launcher passed on has been decoded already; its own line still has the bytes.
        String process = launcher == null
                ? "self"
                : ProcessHandle.current()
                        .parent()
                        .map(parent -> Long.toString(parent.pid()))
                        .orElse("self");
        try {
            return last(args, Files.readAllBytes(Path.of("/proc", process, "cmdline")));
        } catch (IOException e) {
            // Not Linux.
            return args;
        }
    }

    /** The last {@code args.length} of the words in {@code line}, each ended by a zero byte. */
    static String[] last(String[] args, byte[] line) {
        String[] words = new String(line, StandardCharsets.UTF_8).split("\0", -1);
        int end = words.length - 1;
        return end < args.length ? args : Arrays.copyOfRange(words, end - args.length, end);
    }
}
