package dev.paca.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.PolicyText;
import dev.paca.kv.Storage;
import dev.paca.model.sampling.SamplingOptions;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SavedSessionTest {
    private static final GenerationOptions FEW = Fixture.GREEDY.withMaxTokens(5);
    private static final int[] PROMPT = Fixture.prompt(100, 1);

    private final Fixture here = new Fixture();
    private final Fixture there = new Fixture();

    @AfterEach
    void close() {
        here.close();
        there.close();
    }

    private byte[] saved(KvPolicy policy) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Session session = here.engine.session(policy)) {
            session.generate(PROMPT, FEW);
            session.save(out);
        }
        return out.toByteArray();
    }

    private static Session restore(Engine engine, KvPolicy policy, byte[] bytes) throws IOException {
        return engine.restore(policy, new ByteArrayInputStream(bytes));
    }

    @Test
    void goesOnInAnotherEngineAsItWouldHaveHere() throws IOException {
        for (KvPolicy policy : new KvPolicy[] {
            KvPolicy.DENSE,
            new KvPolicy(Storage.F32, Storage.F32, 8),
            new KvPolicy(PolicyText.storage("kivi4"), PolicyText.storage("kivi4"), 16),
            KvPolicy.DENSE.with(PolicyText.selection("quest:budget=32")),
            KvPolicy.DENSE.with(PolicyText.eviction("snapkv:budget=64")),
            KvPolicy.DENSE.with(PolicyText.eviction("streaming-llm:budget=64"))
        }) {
            try (Session first = here.engine.session(policy)) {
                int[] made = first.generate(PROMPT, FEW).tokens();
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                first.save(out);
                int[] next = Fixture.join(PROMPT, made, Fixture.prompt(20, 2));
                try (Session second = restore(there.engine, policy, out.toByteArray())) {
                    assertThat(second.tokens()).isEqualTo(first.tokens()).hasSize(104);
                    assertThat(second.policy()).isEqualTo(policy);
                    GenerationResult result = second.generate(next, FEW);
                    assertThat(result.reusedTokens()).isEqualTo(104);
                    assertThat(result.tokens())
                            .as("%s", policy)
                            .isEqualTo(first.generate(next, FEW).tokens());
                }
            }
        }
    }

    @Test
    void otherTokensRunAnewFromWhereTheyDiffer() throws IOException {
        try (Session session = restore(there.engine, KvPolicy.DENSE, saved(KvPolicy.DENSE))) {
            int[] other = Fixture.join(Arrays.copyOf(PROMPT, 60), Fixture.prompt(40, 7));
            GenerationResult result = session.generate(other, FEW);
            assertThat(result.reusedTokens()).isEqualTo(60);
            assertThat(result.tokens()).isEqualTo(Fixture.alone(other, KvPolicy.DENSE, SamplingOptions.GREEDY, 5));
        }
    }

    @Test
    void aSessionThatRanNothingIsSavedToo() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Session session = here.session()) {
            session.save(out);
        }
        try (Session session = restore(there.engine, KvPolicy.DENSE, out.toByteArray())) {
            assertThat(session.tokens()).isEmpty();
            assertThat(session.generate(PROMPT, FEW).tokens())
                    .isEqualTo(Fixture.alone(PROMPT, KvPolicy.DENSE, SamplingOptions.GREEDY, 5));
        }
    }

    @Test
    void severalFollowEachOtherInOneStream() throws IOException {
        byte[] one = saved(KvPolicy.DENSE);
        InputStream both = new ByteArrayInputStream(join(one, one));
        try (Session first = there.engine.restore(KvPolicy.DENSE, both);
                Session second = there.engine.restore(KvPolicy.DENSE, both)) {
            assertThat(first.tokens()).isEqualTo(second.tokens());
            assertThat(both.read()).isEqualTo(-1);
        }
    }

    private static byte[] join(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @Test
    void whatWasCutOffOrDamagedIsRefusedAndHoldsNothing() throws IOException {
        byte[] whole = saved(KvPolicy.DENSE);
        for (int length = 0; length < whole.length; length += 1 + length / 50) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> restore(there.engine, KvPolicy.DENSE, cut))
                    .as("cut at %d", length)
                    .isInstanceOf(PacaException.class);
        }
        for (int at = 0; at < whole.length; at += 1 + at / 50) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 0x10;
            assertThatThrownBy(() -> restore(there.engine, KvPolicy.DENSE, flipped))
                    .as("flipped at %d", at)
                    .isInstanceOfAny(PacaException.class, IOException.class);
        }
        assertThat(there.engine.usage().pages()).isZero();
        try (Session session = restore(there.engine, KvPolicy.DENSE, whole)) {
            assertThat(session.tokens()).hasSize(104);
        }
    }

    @Test
    void anotherModelOrPolicyIsRefusedByName() throws IOException {
        byte[] whole = saved(KvPolicy.DENSE);
        KvPolicy quest = KvPolicy.DENSE.with(PolicyText.selection("quest:budget=32"));
        assertThatThrownBy(() -> restore(there.engine, quest, whole))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("another policy")
                .hasMessageContaining("quest");
        TinyDecoder decoder = new TinyDecoder(Fixture.PLENTY, Fixture.CONTEXT);
        try (Engine other = new Engine(decoder, Fixture.LETTERS, EngineOptions.DEFAULT, () -> "other weights")) {
            assertThatThrownBy(() -> restore(other, KvPolicy.DENSE, whole))
                    .isInstanceOf(PacaException.class)
                    .hasMessageContaining("another model")
                    .hasMessageContaining("other weights");
        }
    }

    @Test
    void idleSessionsMakeRoom() throws IOException {
        byte[] whole = saved(KvPolicy.DENSE);
        long need = here.decoder.pool().bytes(KvPolicy.DENSE, 128);
        try (Fixture small = new Fixture(need, EngineOptions.DEFAULT);
                Session idle = small.session()) {
            int[] own = Fixture.prompt(90, 3);
            idle.generate(own, FEW);
            try (Session session = restore(small.engine, KvPolicy.DENSE, whole)) {
                assertThat(session.usage().tokens()).isEqualTo(104);
            }
            assertThat(idle.generate(own, FEW).tokens())
                    .as("runs again")
                    .isEqualTo(Fixture.alone(own, KvPolicy.DENSE, SamplingOptions.GREEDY, 5));
        }
    }

    @Test
    void aStreamThatFailsLeavesTheSessionAsItWas() {
        try (Session session = here.session()) {
            session.generate(PROMPT, FEW);
            assertThatThrownBy(() -> session.save(new OutputStream() {
                        @Override
                        public void write(int b) throws IOException {
                            throw new IOException("disk full");
                        }
                    }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("disk full");
            assertThat(session.generate(PROMPT, FEW).reusedTokens()).isEqualTo(99);
        }
    }
}
