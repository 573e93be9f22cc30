package dev.paca.chat.talk;

import dev.paca.kv.PacaException;
import dev.paca.model.engine.Session;
import dev.paca.model.json.Json;
import dev.paca.model.template.Message;
import dev.paca.model.template.Role;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A conversation in a file: one line of JSON with what was said and with which model, and behind it, where there is one, the
 * session that ran it, with its KV cache.
 */
record SavedTalk(String model, List<Message> messages) {
    private static final String MESSAGES = "paca-talk-1";
    private static final String WITH_SESSION = "paca-talk-2";

    /** Makes a session of a stream. */
    interface Restorer {
        Session restore(InputStream from) throws IOException;
    }

    /**
     * What a file holds.
     *
     * @param session has run what was said; null if the file has none, or it cannot be used
     * @param lost why it cannot be used, in one sentence; empty if it can, or there is none
     */
    record Opened(SavedTalk talk, @Nullable Session session, String lost) {}

    /**
     * @param session has run what was said; null to keep only that
     * @return why the session could not be kept, in one sentence; empty if it was
     */
    String write(Path file, @Nullable Session session) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            String lost = "";
            // Whole or not at all: an older conversation of that name is not lost when the disk is full.
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part))) {
                out.write(head(session == null ? MESSAGES : WITH_SESSION));
                if (session != null) {
                    session.save(out);
                }
            } catch (PacaException e) {
                Files.write(part, head(MESSAGES));
                lost = e.getMessage();
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
            return lost;
        } catch (IOException e) {
            deleteQuietly(part);
            throw new PacaException(
                    file + ": the conversation cannot be written there (" + reason(e) + "). Name another file.");
        }
    }

    private static void deleteQuietly(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            // What matters is told already.
        }
    }

    private byte[] head(String format) {
        List<Json> said = new ArrayList<>();
        for (Message message : messages) {
            Map<String, Json> members = new LinkedHashMap<>();
            members.put("role", Json.of(message.role().label()));
            members.put("content", Json.of(message.content()));
            said.add(new Json.Obj(members));
        }
        Map<String, Json> all = new LinkedHashMap<>();
        all.put("format", Json.of(format));
        all.put("model", Json.of(model));
        all.put("messages", new Json.Arr(said));
        return (new Json.Obj(all) + "\n").getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @param restorer makes the session, where the file has one
     * @throws PacaException if the file cannot be read or is no conversation, or one with another model
     */
    static Opened read(Path file, String model, Restorer restorer) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            Json.Obj head = head(in, file);
            SavedTalk talk = parse(head, file);
            if (!talk.model.equals(model)) {
                throw new PacaException(file + ": this conversation was held with " + talk.model + ", and the model is "
                        + model + ". Start Paca with that model to go on.");
            }
            if (MESSAGES.equals(string(head, "format"))) {
                return new Opened(talk, null, "");
            }
            try {
                return new Opened(talk, restorer.restore(in), "");
            } catch (PacaException e) {
                return new Opened(talk, null, e.getMessage());
            } catch (IOException e) {
                return new Opened(talk, null, "The saved session cannot be read (" + reason(e) + ").");
            }
        } catch (IOException e) {
            throw new PacaException(file + ": the file cannot be read (" + reason(e) + "). Check the path.");
        }
    }

    private static Json.Obj head(InputStream in, Path file) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int next = in.read();
        while (next >= 0 && next != '\n') {
            line.write(next);
            next = in.read();
        }
        Json json;
        try {
            json = Json.parse(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line.toByteArray()))
                    .toString());
        } catch (PacaException e) {
            throw damaged(file, e.getMessage().replaceFirst("[.]$", ""));
        }
        if (json instanceof Json.Obj all
                && (MESSAGES.equals(string(all, "format")) || WITH_SESSION.equals(string(all, "format")))) {
            return all;
        }
        throw damaged(file, "it does not say that it is " + MESSAGES + " or " + WITH_SESSION);
    }

    private static SavedTalk parse(Json.Obj all, Path file) {
        String model = string(all, "model");
        if (model == null || !(all.get("messages") instanceof Json.Arr said)) {
            throw damaged(file, "model or messages are missing");
        }
        List<Message> messages = new ArrayList<>();
        for (Json each : said.items()) {
            messages.add(message(each, file));
        }
        return new SavedTalk(model, messages);
    }

    private static Message message(Json json, Path file) {
        String role = json instanceof Json.Obj members ? string(members, "role") : null;
        String content = json instanceof Json.Obj members ? string(members, "content") : null;
        for (Role known : Role.values()) {
            if (known.label().equals(role) && content != null) {
                return new Message(known, content);
            }
        }
        throw damaged(file, "a message has no content, or a role that is not known");
    }

    private static @Nullable String string(Json.Obj members, String name) {
        return members.get(name) instanceof Json.Str text ? text.value() : null;
    }

    private static PacaException damaged(Path file, String why) {
        return new PacaException(file + ": this is no conversation saved by Paca, or a damaged one: " + why
                + ". Choose a file that /save wrote.");
    }

    private static String reason(IOException e) {
        return switch (e) {
            case java.nio.file.NoSuchFileException missing -> "there is no such file or folder";
            case java.nio.file.AccessDeniedException denied -> "it is not permitted";
            case java.nio.charset.CharacterCodingException coding -> "it is not UTF-8 text";
            case java.nio.file.DirectoryNotEmptyException directory -> "it is a directory";
            default -> String.valueOf(e.getMessage());
        };
    }
}
