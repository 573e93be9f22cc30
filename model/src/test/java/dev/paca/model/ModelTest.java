package dev.paca.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.model.chat.Conversation;
import dev.paca.model.engine.FinishReason;
import dev.paca.model.engine.Generation;
import dev.paca.model.engine.GenerationOptions;
import dev.paca.model.engine.GenerationResult;
import dev.paca.model.engine.Session;
import dev.paca.model.sampling.SamplingOptions;
import dev.paca.model.template.Message;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The bundled model, from its file to its answers. */
class ModelTest {
    private static final GenerationOptions GREEDY =
            GenerationOptions.DEFAULT.withSampling(SamplingOptions.GREEDY).withMaxTokens(48);

    private static Model model;

    @BeforeAll
    static void load() {
        model = Model.embedded(ModelOptions.DEFAULT);
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @Test
    void remembersWhatItRead() {
        try (Conversation chat = model.conversation()) {
            GenerationResult first = chat.ask(question(0, 30), GREEDY, null);
            assertThat(first.text()).isEqualTo(answer(0));
            assertThat(first.reason()).isEqualTo(FinishReason.STOP);
            GenerationResult second = chat.ask("What is the pass key?", GREEDY, null);
            assertThat(second.text()).isEqualTo(answer(0));
            // All of the first turn but its end token, which was made and never run.
            assertThat(second.reusedTokens()).isEqualTo(first.promptTokens() + first.tokens().length - 1);
            assertThat(chat.messages()).hasSize(4).last().isEqualTo(Message.assistant(answer(0)));
            GenerationResult again = chat.regenerate(GREEDY, null).await();
            assertThat(again.tokens()).isEqualTo(second.tokens());
            assertThat(again.reusedTokens()).isEqualTo(second.promptTokens() - 1);
            assertThat(chat.messages()).hasSize(4);
        }
        assertThat(model.engine().usage().pages()).isZero();
    }

    @Test
    void evictionKeepsTheInstruction() {
        KvPolicy policy = KvPolicy.DENSE.with(PolicyText.eviction("streaming-llm:budget=32,every=8"));
        String instruction = "Answer what you are asked, in few words. ".repeat(10);
        int kept = model.tokenizer().encode(instruction, false).length;
        try (Conversation with = new Conversation(model.session(policy), model.prompts());
                Conversation without = new Conversation(model.session(policy), model.prompts())) {
            with.system(instruction);
            with.ask(question(0, 30), GREEDY.withMaxTokens(20), null);
            without.ask(question(0, 30), GREEDY.withMaxTokens(20), null);
            assertThat(kept).isGreaterThan(60);
            assertThat(with.session().usage().layers())
                    .hasSize(8)
                    .allMatch(layer -> layer.leastHeld() > kept && layer.mostHeld() < kept + 50);
            assertThat(without.session().usage().layers()).allMatch(layer -> layer.mostHeld() < 32 + 8);
        }
        assertThat(model.engine().usage().pages()).isZero();
    }

    @Test
    void sixteenAtOnceGetWhatEachGetsAlone() {
        List<KvPolicy> policies = List.of(
                KvPolicy.DENSE,
                new KvPolicy(Storage.F32, Storage.F32, 32),
                KvPolicy.DENSE.with(PolicyText.selection("quest:budget=256")));
        List<int[]> prompts = new ArrayList<>();
        List<int[]> alone = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            prompts.add(tokens(question(i, 4 + i)));
            try (Session session = model.session(policies.get(i % 3))) {
                GenerationResult result = session.generate(prompts.get(i), sampling(i));
                alone.add(result.tokens());
                if (i % 4 != 3) {
                    assertThat(result.text()).isEqualTo(answer(i));
                }
            }
        }
        List<Session> sessions = new ArrayList<>();
        List<Generation> generations = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            sessions.add(model.session(policies.get(i % 3)));
            generations.add(sessions.get(i).start(prompts.get(i), sampling(i), null));
        }
        for (int i = 0; i < 16; i++) {
            assertThat(generations.get(i).await().tokens()).as("session %d", i).isEqualTo(alone.get(i));
        }
        sessions.forEach(Session::close);
        assertThat(model.engine().usage().pages()).isZero();
    }

    @Test
    void littleMemoryChangesNoAnswer() {
        // A token takes 8 KiB in F16, so two of the four prompts fit at a time.
        int[] prompt = tokens(question(1, 10));
        long room = (long) (2.2 * prompt.length * (8 << 10));
        try (Model small = Model.embedded(ModelOptions.DEFAULT.withKvBytes(room))) {
            List<Conversation> chats = new ArrayList<>();
            List<Generation> generations = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                chats.add(small.conversation());
                generations.add(chats.get(i).start(List.of(Message.user(question(i, 10))), GREEDY, null));
            }
            for (int i = 0; i < 4; i++) {
                assertThat(generations.get(i).await().text()).isEqualTo(answer(i));
            }
            chats.forEach(Conversation::close);
            assertThat(small.engine().usage().pages()).isZero();
        }
    }

    @Test
    void saysWhatItIs() {
        assertThat(model.name()).contains("Paca");
        assertThat(model.contextLength()).isEqualTo(32768);
        assertThat(model.description()).startsWith("CPU");
        assertThat(model.notes()).isEmpty();
        assertThat(Devices.list()).containsKey("cpu");
    }

    @Test
    void whatCannotBeLoadedIsToldInASentence() {
        assertThatThrownBy(() -> Model.load(Path.of("nowhere.gguf"), ModelOptions.DEFAULT))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("nowhere.gguf");
        assertThatThrownBy(() -> Model.embedded(ModelOptions.DEFAULT.withDevice("abacus")))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("no device abacus")
                .hasMessageContaining("cpu");
        assertThatThrownBy(() -> ModelOptions.DEFAULT.withThreads(-1))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("-t");
        try (Model broken = Model.embedded(ModelOptions.DEFAULT.withChatTemplate("{% if %}"))) {
            assertThatThrownBy(broken::conversation)
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("the given chat template");
        }
    }

    private static GenerationOptions sampling(int i) {
        return i % 4 == 3 ? GREEDY.withSampling(SamplingOptions.DEFAULT.withSeed(i)) : GREEDY;
    }

    private static int[] tokens(String question) {
        return model.prompts().encode(model.prompts().input(List.of(Message.user(question))));
    }

    private static int key(int seed) {
        return 1000000 + seed * 734593 % 9000000;
    }

    private static String answer(int seed) {
        return "The pass key is " + key(seed) + ".";
    }

    /** A text of some sentences with a pass key in it, and the question for it. */
    private static String question(int seed, int sentences) {
        StringBuilder text = new StringBuilder("There is an important info hidden inside a lot of irrelevant text."
                + " Find it and memorize it. I will quiz you about the important information there.\n\n");
        for (int i = 0; i < sentences; i++) {
            if (i == (seed + sentences / 2) % sentences) {
                text.append("The pass key is " + key(seed) + ". Remember it. " + key(seed) + " is the pass key. ");
            }
            text.append(SENTENCES.get((i + seed) % SENTENCES.size())).append(' ');
        }
        return text + "\n\nWhat is the pass key?";
    }

    private static final List<String> SENTENCES = List.of(
            "The road was long, and the rain had not stopped since the morning.",
            "He put his hat on the table and sat down by the fire without a word.",
            "Nobody in the village could remember so hard a winter.",
            "She closed the book, went to the window, and looked down at the harbour.",
            "The old clock on the stairs struck nine, and still there was no letter.",
            "They had bread and cheese under the trees while the horses rested.",
            "A lamp was burning in the upper room, though everyone had gone to bed.");
}
