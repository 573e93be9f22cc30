package dev.paca.chat.talk;

import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.Completer;
import org.jline.reader.LineReader;
import org.jline.reader.ParsedLine;

/** Completes commands and what they take. */
final class Completion implements Completer {
    @Override
    public void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        List<String> words = line.words();
        String first = words.isEmpty() ? "" : words.getFirst();
        if (!first.startsWith("/")) {
            return;
        }
        if (line.wordIndex() == 0) {
            for (Command command : Command.values()) {
                candidates.add(new Candidate(
                        "/" + command.label(), "/" + command.label(), null, command.help(), null, null, true));
            }
        } else if (line.wordIndex() == 1) {
            Command command = Command.of(first.substring(1));
            if (command != null) {
                command.choices().forEach(choice -> candidates.add(new Candidate(choice)));
            }
        }
    }
}
