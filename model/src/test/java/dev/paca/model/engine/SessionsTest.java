package dev.paca.model.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvPolicy;
import dev.paca.kv.PacaException;
import dev.paca.kv.Storage;
import dev.paca.model.sampling.SamplingOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static final KvPolicy DENSE = KvPolicy.DENSE;
    private static final GenerationOptions FEW = Fixture.GREEDY.withMaxTokens(5);

    private final Fixture fixture = new Fixture();
    private final Sessions sessions = new Sessions(fixture.engine, 2);

    @AfterEach
    void close() {
        sessions.close();
        fixture.close();
    }

    private GenerationResult request(KvPolicy policy, int[] prompt) {
        Session session = sessions.take(policy, prompt);
        try {
            return session.generate(prompt, FEW);
        } finally {
            sessions.give(session);
        }
    }

    @Test
    void aNextTurnGoesOn() {
        int[] first = Fixture.prompt(100, 1);
        int[] made = request(DENSE, first).tokens();
        int[] second = Fixture.join(first, made, Fixture.prompt(20, 2));
        GenerationResult result = request(DENSE, second);
        assertThat(result.reusedTokens()).isEqualTo(104);
        assertThat(result.tokens()).isEqualTo(Fixture.alone(second, DENSE, SamplingOptions.GREEDY, 5));
    }

    @Test
    void aCommonBeginningIsSharedAndBothGoOn() {
        int[] system = Fixture.prompt(60, 1);
        int[] one = Fixture.join(system, Fixture.prompt(30, 2));
        int[] two = Fixture.join(system, Fixture.prompt(30, 3));
        int[] made = request(DENSE, one).tokens();
        GenerationResult other = request(DENSE, two);
        assertThat(other.reusedTokens()).isEqualTo(60);
        assertThat(other.tokens()).isEqualTo(Fixture.alone(two, DENSE, SamplingOptions.GREEDY, 5));
        int[] on = Fixture.join(one, made, Fixture.prompt(4, 4));
        assertThat(request(DENSE, on).reusedTokens())
                .as("the first is still there")
                .isEqualTo(94);
    }

    @Test
    void anotherPolicyOrAnotherBeginningStartsAnew() {
        int[] prompt = Fixture.prompt(100, 1);
        request(DENSE, prompt);
        assertThat(request(new KvPolicy(Storage.F32, Storage.F32, 16), prompt).reusedTokens())
                .isZero();
        assertThat(request(DENSE, Fixture.prompt(100, 9)).reusedTokens()).isZero();
    }

    @Test
    void onlySoManyAreKept() {
        for (int i = 0; i < 5; i++) {
            request(DENSE, Fixture.prompt(100, i));
        }
        assertThat(request(DENSE, Fixture.prompt(100, 0)).reusedTokens())
                .as("its session is gone, the full pages of its beginning are not")
                .isEqualTo(96);
        assertThat(request(DENSE, Fixture.prompt(100, 4)).reusedTokens()).isEqualTo(99);
        Session out = sessions.take(DENSE, Fixture.prompt(100, 7));
        sessions.close();
        assertThatThrownBy(() -> sessions.take(DENSE, new int[] {1}))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("model is closed");
        sessions.give(out);
        assertThat(fixture.engine.usage().pages()).isZero();
    }
}
