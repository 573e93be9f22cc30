package dev.paca.bench.task;

import dev.paca.kv.PacaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.random.RandomGenerator;

/**
 * The tasks, by name. {@code passkey}, {@code facts}, {@code lines} and {@code json} are the forms that Paca 28M was
 * trained on; {@code niah-*} and {@code variables} follow RULER's definitions (Hsieh et al. 2024).
 */
public final class Tasks {
    /**
     * Raised whenever the same seed gives other texts or questions, so that results of both are not taken for one. 2: what
     * has one question a text shares its haystack.
     */
    public static final int FORM = 2;

    /** No tokenizer makes longer tokens of prose on average. */
    private static final long MOST_CHARS = 16;

    private final Map<String, Task> byName = new LinkedHashMap<>();

    public Tasks(Haystack haystack) {
        prose(haystack, "passkey", 24, Tasks::passKey);
        prose(haystack, "facts", 24, Tasks::facts);
        listed("lines", 40, 4000, Tasks::lines);
        listed("json", 64, 1500, Tasks::json);
        prose(haystack, "niah-single", 40, random -> needles(1, 1, 1, random));
        prose(haystack, "niah-multikey", 40, random -> needles(8, 1, 1, random));
        prose(haystack, "niah-multivalue", 80, random -> needles(1, 4, 1, random));
        prose(haystack, "niah-multiquery", 80, random -> needles(4, 1, 4, random));
        prose(haystack, "variables", 60, Tasks::variables);
    }

    /** All of them, in the order of the tables. */
    public List<Task> all() {
        return List.copyOf(byName.values());
    }

    /** @throws PacaException naming the known ones if there is none of that name */
    public Task named(String name) {
        Task task = byName.get(name);
        if (task == null) {
            throw new PacaException("There is no task '" + name + "', expected one of " + byName.keySet() + ".");
        }
        return task;
    }

    /** What is hidden and asked: the needles in the order of the text. */
    private record Hidden(String introduction, List<String> needles, List<Question> questions) {}

    private void prose(Haystack haystack, String name, int answerTokens, Function<RandomGenerator, Hidden> make) {
        add(name, answerTokens, (tokens, seed, count, counter) -> {
            SplittableRandom random = new SplittableRandom(seed);
            int start = haystack.start(random.split());
            int most = (int) Math.min(haystack.longest(), MOST_CHARS * tokens);
            TreeMap<Double, Sample> byDepth = new TreeMap<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                Hidden hidden = make.apply(random.split());
                double[] depths =
                        random.split().doubles(hidden.needles().size()).sorted().toArray();
                Sample sample = Fit.largest(tokens, most, counter, size -> {
                    String text = haystack.hide(start, size, hidden.needles(), depths);
                    String context = hidden.introduction() + "\n\n" + text;
                    return new Sample(name, seed, number, context, "\n\n", hidden.questions());
                });
                byDepth.put(depths[0], sample);
                if (hidden.questions().size() > 1) {
                    break;
                }
            }
            return List.copyOf(byDepth.values());
        });
    }

    /** A haystack made of needles: {@code make} gives a sample of that many. */
    private void listed(String name, int answerTokens, int most, Listed make) {
        add(
                name,
                answerTokens,
                (tokens, seed, count, counter) ->
                        List.of(Fit.largest(tokens, most, counter, size -> make.of(Math.max(2, size), name, seed))));
    }

    private interface Listed {
        Sample of(int size, String name, long seed);
    }

    private interface Maker {
        List<Sample> samples(int tokens, long seed, int count, ToIntFunction<String> counter);
    }

    private void add(String name, int answerTokens, Maker maker) {
        byName.put(name, new Task() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public int answerTokens() {
                return answerTokens;
            }

            @Override
            public List<Sample> samples(int tokens, long seed, int count, ToIntFunction<String> counter) {
                return maker.samples(tokens, seed, count, counter);
            }
        });
    }

    private static Hidden passKey(RandomGenerator random) {
        String key = Words.number(7, random);
        return new Hidden(
                "There is an important info hidden inside a lot of irrelevant text. Find it and memorize it. I will quiz you"
                        + " about the important information there.",
                List.of("The pass key is " + key + ". Remember it. " + key + " is the pass key."),
                List.of(new Question("What is the pass key?", List.of(key))));
    }

    /** Facts about eight people. */
    private static Hidden facts(RandomGenerator random) {
        List<String> needles = new ArrayList<>();
        List<Question> questions = new ArrayList<>();
        for (String person : distinct(8, random, Words::person)) {
            String place = Words.place(random);
            String colour = Words.colour(random);
            String year = Integer.toString(random.nextInt(1900, 2010));
            needles.add(person + " lives in " + place + ".");
            questions.add(new Question("Where does " + person + " live?", List.of(place)));
            needles.add("The favourite colour of " + person + " is " + colour + ".");
            questions.add(new Question("What is the favourite colour of " + person + "?", List.of(colour)));
            needles.add(person + " was born in " + year + ".");
            questions.add(new Question("When was " + person + " born?", List.of(year)));
        }
        return new Hidden(
                "Read the following text. I will ask questions about it.",
                List.of(Haystack.shuffled(needles.toArray(String[]::new), random)),
                List.of(Haystack.shuffled(questions.toArray(Question[]::new), random)));
    }

    /** {@code keys} keys with {@code values} values each; a question asks for {@code asked} of them. */
    private static Hidden needles(int keys, int values, int asked, RandomGenerator random) {
        List<String> names = distinct(keys, random, Words::key);
        List<String> needles = new ArrayList<>();
        List<List<String>> numbers = new ArrayList<>();
        for (String name : names) {
            List<String> own = new ArrayList<>();
            for (int v = 0; v < values; v++) {
                String number = Words.number(7, random);
                needles.add("One of the special magic numbers for " + name + " is: " + number + ".");
                own.add(number);
            }
            numbers.add(own);
        }
        List<Question> questions = new ArrayList<>();
        for (int k = 0; k + asked <= keys; k += asked) {
            List<String> wanted = names.subList(k, k + asked);
            String query = asked == 1
                    ? wanted.getFirst()
                    : String.join(", ", wanted.subList(0, asked - 1)) + ", and " + wanted.getLast();
            questions.add(new Question(
                    (asked * values == 1
                                    ? "What is the special magic number for "
                                    : "What are all the special magic numbers for ")
                            + query + " mentioned in the provided text?",
                    numbers.subList(k, k + asked).stream().flatMap(List::stream).toList()));
        }
        return new Hidden(
                "Some special magic numbers are hidden within the following text. Make sure to memorize it. I will quiz you"
                        + " about the numbers afterwards.",
                List.of(Haystack.shuffled(needles.toArray(String[]::new), random)),
                questions);
    }

    /** Two chains of two variables; the needles keep the order of assignment. */
    private static Hidden variables(RandomGenerator random) {
        List<String> names = distinct(4, random, Words::variable);
        String value = Words.number(5, random);
        String other = Words.number(5, random);
        return new Hidden(
                "Memorize and track the chain(s) of variable assignment hidden in the following text.",
                List.of(
                        "VAR " + names.get(0) + " = " + value + ".",
                        "VAR " + names.get(2) + " = " + other + ".",
                        "VAR " + names.get(1) + " = VAR " + names.get(0) + ".",
                        "VAR " + names.get(3) + " = VAR " + names.get(2) + "."),
                List.of(assigned(value, names.get(0), names.get(1)), assigned(other, names.get(2), names.get(3))));
    }

    private static Question assigned(String value, String first, String second) {
        return new Question(
                "Find all variables that are assigned the value " + value + " in the text above.",
                List.of(first, second));
    }

    private static Sample lines(int size, String name, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder(
                "Below is a record of lines I want you to remember. Each line begins with 'line"
                        + " <line index>' and contains a '<REGISTER_CONTENT>' at the end of the line as a numerical value.\n\n");
        List<Question> questions = new ArrayList<>();
        for (String line : distinct(size, random, Words::line)) {
            String number = Words.number(5, random);
            text.append("line ")
                    .append(line)
                    .append(": REGISTER_CONTENT is <")
                    .append(number)
                    .append(">\n");
            questions.add(new Question("What is the <REGISTER_CONTENT> in line " + line + "?", List.of(number)));
        }
        return new Sample(name, seed, 0, text.append('.').toString(), "\n\n", some(questions, random));
    }

    private static Sample json(int size, String name, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder text = new StringBuilder(
                "Extract the value corresponding to the specified key in the JSON object below.\n\n{\n");
        List<Question> questions = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            String key = Words.uuid(random);
            String value = Words.uuid(random);
            text.append('"').append(key).append("\": \"").append(value).append("\",\n");
            questions.add(new Question("Key: \"" + key + "\"", List.of(value)));
        }
        return new Sample(name, seed, 0, text.append('}').toString(), "\n", some(questions, random));
    }

    /** As many as a sample may have, in any order. */
    private static List<Question> some(List<Question> all, RandomGenerator random) {
        Question[] order = Haystack.shuffled(all.toArray(Question[]::new), random);
        return List.of(order).subList(0, Math.min(order.length, Sample.MOST_QUESTIONS));
    }

    private static List<String> distinct(int count, RandomGenerator random, Function<RandomGenerator, String> make) {
        Set<String> out = new LinkedHashSet<>();
        while (out.size() < count) {
            out.add(make.apply(random));
        }
        return List.copyOf(out);
    }
}
