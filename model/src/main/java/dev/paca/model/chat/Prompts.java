package dev.paca.model.chat;

import dev.paca.model.template.ChatTemplate;
import dev.paca.model.template.Message;
import dev.paca.model.template.Role;
import dev.paca.model.template.TemplateInput;
import dev.paca.model.tokenizer.Tokenizer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Turns conversations into tokens: renders them with the model's template and encodes the text, in which only the
 * template's own special tokens count. Those that a message spells out stay plain text.
 */
public final class Prompts {
    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final Neutral neutral;

    public Prompts(ChatTemplate template, Tokenizer tokenizer) {
        this.template = template;
        this.tokenizer = tokenizer;
        this.neutral = Neutral.of(tokenizer);
    }

    /** A conversation that the assistant shall continue, without tools, at the system's time. */
    public TemplateInput input(List<Message> messages) {
        return new TemplateInput(
                messages,
                List.of(),
                true,
                text(tokenizer.bos()),
                text(tokenizer.eos()),
                Map.of(),
                Clock.systemDefaultZone());
    }

    /**
     * A prompt's tokens.
     *
     * @throws dev.paca.kv.PacaException if the template refuses the conversation
     */
    public int[] encode(TemplateInput input) {
        Neutral.Marked marked = neutral.mark(input.messages());
        String text = template.render(input.withMessages(marked.messages()));
        List<int[]> parts = new ArrayList<>();
        marked.split(text, (part, plain) -> parts.add(tokenizer.encode(part, !plain)));
        return beginning(parts.stream().flatMapToInt(Arrays::stream).toArray());
    }

    /**
     * How many tokens the instruction of a conversation takes at its prompt's beginning: as many as do not depend on what is
     * asked; 0 where there is none.
     *
     * @param prompt the conversation's tokens, from {@link #encode(TemplateInput)}
     */
    public int instruction(TemplateInput input, int[] prompt) {
        List<Message> said = input.messages();
        if (said.isEmpty() || said.getFirst().role() != Role.SYSTEM) {
            return 0;
        }
        int[] nothing = encode(input.withMessages(List.of(said.getFirst(), Message.user(""))));
        return Math.max(0, Arrays.mismatch(prompt, nothing));
    }

    /** The tokens of a text as it is, without a template, begun as the model wants it begun. */
    public int[] encode(String text, boolean parseSpecial) {
        return beginning(tokenizer.encode(text, parseSpecial));
    }

    /** What the prompt of a conversation says, special tokens included. */
    public String render(TemplateInput input) {
        return template.render(input);
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    public ChatTemplate template() {
        return template;
    }

    /** Puts the token before it that begins a sequence, where the model wants one and the template has written none. */
    private int[] beginning(int[] tokens) {
        OptionalInt bos = tokenizer.bos();
        if (!tokenizer.addsBos() || bos.isEmpty() || (tokens.length > 0 && tokens[0] == bos.getAsInt())) {
            return tokens;
        }
        int[] begun = new int[tokens.length + 1];
        begun[0] = bos.getAsInt();
        System.arraycopy(tokens, 0, begun, 1, tokens.length);
        return begun;
    }

    private String text(OptionalInt token) {
        return token.isPresent() ? tokenizer.piece(token.getAsInt()) : "";
    }
}
