package dev.paca.chat.option;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is asked, and whether a conversation follows. */
public final class PromptFlags {
    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "ask this, print the answer, and end")
    private @Nullable String prompt;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            description = "ask what the file says; with -p, or in a chat, put it before the question")
    private List<Path> files = new ArrayList<>();

    @Option(
            names = {"-sys", "--system-prompt"},
            paramLabel = "TEXT",
            description = "the system message")
    private @Nullable String system;

    @Option(
            names = {"-sysf", "--system-prompt-file"},
            paramLabel = "FILE",
            description = "the system message from a file")
    private @Nullable Path systemFile;

    @Option(
            names = {"-cnv", "--conversation", "-i", "--interactive", "--chat"},
            description = "chat, also after -p (default without -p, -f and input)")
    private boolean conversation;

    @Option(
            names = {"-no-cnv", "--no-conversation"},
            description = "continue the prompt as plain text, without the chat template")
    private boolean plain;

    @Option(
            names = {"-st", "--single-turn"},
            description = "end after one answer")
    private boolean singleTurn;

    @Option(
            names = {"-e", "--escape"},
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description = "\\n, \\t and so on in -p and -sys are what they stand for (default: on)")
    private boolean escape;

    /** @throws UsageException if flags contradict each other */
    public void check() {
        if (conversation && plain) {
            throw new UsageException("--conversation and --no-conversation contradict each other: leave one out.");
        }
        if (conversation && singleTurn && prompt != null) {
            throw new UsageException(
                    "--conversation and --single-turn contradict each other after --prompt: leave one out.");
        }
        if (system != null && systemFile != null) {
            throw new UsageException(
                    "--system-prompt and --system-prompt-file both give the system message: leave one out.");
        }
        if (plain && (system != null || systemFile != null)) {
            throw new UsageException("--no-conversation has no system message: put it into the prompt, or leave "
                    + (system != null ? "--system-prompt" : "--system-prompt-file") + " out.");
        }
    }

    /** Whether questions are typed in. */
    public boolean interactive(boolean inputIsTerminal) {
        return conversation || (prompt == null && files.isEmpty() && inputIsTerminal);
    }

    /** Whether a single answer is wanted although it is typed in. */
    public boolean singleTurn() {
        return singleTurn;
    }

    /** Whether the chat template is left aside. */
    public boolean plain() {
        return plain;
    }

    /** What the system message is, or null. */
    public @Nullable String system() {
        if (systemFile != null) {
            return TextFile.read(systemFile);
        }
        return system == null ? null : escape ? Escapes.replace(system) : system;
    }

    /** What {@code -p} asks, or null. */
    public @Nullable String question() {
        return prompt == null ? null : escape ? Escapes.replace(prompt) : prompt;
    }

    /** What the files say, with a blank line between; null without files. */
    public @Nullable String document() {
        if (files.isEmpty()) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (Path file : files) {
            texts.add(TextFile.read(file));
        }
        return String.join("\n\n", texts);
    }
}
