package dev.paca.chat.talk;

import dev.paca.kv.PacaException;
import dev.paca.model.json.Json;
import dev.paca.model.template.Message;
import dev.paca.model.template.Role;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A conversation in a file, as JSON: what was said, and with which model. */
record SavedTalk(String model, List<Message> messages) {
    private static final String FORMAT = "paca-talk-1";

    void write(Path file) {
        List<Json> said = new ArrayList<>();
        for (Message message : messages) {
            Map<String, Json> members = new LinkedHashMap<>();
            members.put("role", Json.of(message.role().label()));
            members.put("content", Json.of(message.content()));
            said.add(new Json.Obj(members));
        }
        Map<String, Json> all = new LinkedHashMap<>();
        all.put("format", Json.of(FORMAT));
        all.put("model", Json.of(model));
        all.put("messages", new Json.Arr(said));
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            // Whole or not at all: an older conversation of that name is not lost when the disk is full.
            Files.writeString(part, new Json.Obj(all) + "\n");
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new PacaException(
                    file + ": the conversation cannot be written there (" + reason(e) + "). Name another file.");
        }
    }

    /** @throws PacaException if the file cannot be read or is no conversation, or one with another model */
    static SavedTalk read(Path file, String model) {
        String text;
        try {
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new PacaException(file + ": the file cannot be read (" + reason(e) + "). Check the path.");
        }
        SavedTalk talk = parse(text, file);
        if (!talk.model.equals(model)) {
            throw new PacaException(file + ": this conversation was held with " + talk.model + ", and the model is "
                    + model + ". Start Paca with that model to go on.");
        }
        return talk;
    }

    private static SavedTalk parse(String text, Path file) {
        Json json;
        try {
            json = Json.parse(text);
        } catch (PacaException e) {
            throw damaged(file, e.getMessage().replaceFirst("[.]$", ""));
        }
        if (!(json instanceof Json.Obj all) || !FORMAT.equals(string(all, "format"))) {
            throw damaged(file, "it does not say that it is " + FORMAT);
        }
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
