package dev.paca.bench.quality;

import dev.paca.bench.quality.Script.Text;
import dev.paca.bench.task.Haystack;
import dev.paca.bench.task.Question;
import dev.paca.bench.task.Sample;
import dev.paca.bench.task.Task;
import dev.paca.bench.task.Tasks;
import dev.paca.kv.PacaException;
import dev.paca.model.Model;
import dev.paca.model.template.Message;
import dev.paca.model.template.Role;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes scripts of tasks, in a model's template. */
final class Scripts {
    /** Not a task with questions: how well a text's own tokens are foretold. */
    static final String PERPLEXITY = "perplexity";

    /** Tokens of a text that are foretold. */
    private static final int FORETOLD = 128;
    /** The model's template may add as many tokens to a question. */
    private static final int MARGIN = 16;

    private static final int CHARS_PER_TOKEN = 8;

    private final Model model;
    private final Haystack haystack;
    private final Tasks tasks;
    private final int turns;

    Scripts(Model model, Haystack haystack, int turns) {
        this.model = model;
        this.haystack = haystack;
        this.tasks = new Tasks(haystack);
        this.turns = turns;
    }

    /** @throws PacaException naming the known tasks if there is none of that name */
    static void check(String task, Haystack haystack) {
        List<String> known = new ArrayList<>(
                new Tasks(haystack).all().stream().map(Task::name).toList());
        known.add(PERPLEXITY);
        if (!known.contains(task)) {
            throw new PacaException(
                    "There is no task '" + task + "', expected one of " + String.join(", ", known) + ".");
        }
    }

    /**
     * Texts of at most {@code length} tokens with at most {@code questions} questions in all. Of several, each has more in
     * common with the one after it than with those before it.
     */
    List<Text> texts(String task, int length, long seed, int questions) {
        if (task.equals(PERPLEXITY)) {
            return List.of(new Text(task, length, seed, 0, List.of(prose(length, seed))));
        }
        Task asked = tasks.named(task);
        return asked.samples(length - MARGIN, seed, questions, text -> encode(Message.user(text)).length).stream()
                .map(sample -> text(asked, sample, length, questions))
                .toList();
    }

    private Script prose(int length, long seed) {
        int[] ids = model.prompts().encode(haystack.prose(length * CHARS_PER_TOKEN, seed), false);
        if (length < 16 || ids.length < length) {
            throw new PacaException("A text of " + length
                    + " tokens was asked for, expected 16 or more, and the prose gives " + ids.length + ".");
        }
        int[] cut = Arrays.copyOf(ids, length);
        return new Script(cut, length - Math.min(FORETOLD, length / 2), null, 0, new int[0], null);
    }

    private Text text(Task task, Sample sample, int length, int most) {
        int count = Math.min(most, sample.questions().size());
        List<int[]> prompts = new ArrayList<>();
        int common = Integer.MAX_VALUE;
        int[] context = encode(Message.user(sample.context()));
        for (int i = 0; i < count; i++) {
            int[] prompt = encode(Message.user(sample.prompt(i)));
            common = Math.min(common, Arrays.mismatch(prompt, context));
            prompts.add(prompt);
        }
        List<Script> scripts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Question next = turns < 2
                    ? null
                    : sample.questions().get((i + 1) % sample.questions().size());
            scripts.add(new Script(
                    prompts.get(i),
                    Math.max(1, common),
                    sample.questions().get(i),
                    task.answerTokens(),
                    next == null ? new int[0] : next(sample.questions().get(i), next),
                    next));
        }
        return new Text(task.name(), length, sample.seed(), sample.number(), scripts);
    }

    private int[] encode(Message... messages) {
        return model.prompts().encode(model.prompts().input(List.of(messages)));
    }

    /** Tokens that follow an answer: what ends it, and a second question. Found by comparing two conversations. */
    private int[] next(Question first, Question next) {
        int[] a = encode(Message.user(first.text()), new Message(Role.ASSISTANT, "1"), Message.user(next.text()));
        int[] b = encode(Message.user(first.text()), new Message(Role.ASSISTANT, "2"), Message.user(next.text()));
        int same = 0;
        while (same < Math.min(a.length, b.length) && a[a.length - 1 - same] == b[b.length - 1 - same]) {
            same++;
        }
        if (same == 0 || same == a.length) {
            throw new PacaException("The template of " + model.name()
                    + " does not keep an answer apart from the question after it. Leave out --turns.");
        }
        return Arrays.copyOfRange(a, a.length - same, a.length);
    }
}
