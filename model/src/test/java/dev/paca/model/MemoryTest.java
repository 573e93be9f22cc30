package dev.paca.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.paca.kv.KvShape;
import dev.paca.kv.PacaException;
import dev.paca.kv.host.HostPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemoryTest {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;

    /** A token is 16 layers x 8 heads x 64 channels x (K and V) in F16: 32 KiB. */
    private final HostPool pool = new HostPool(new KvShape(16, 32, 8, 64), Long.MAX_VALUE);

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void halfOfWhatIsLeftIsForTheCaches() {
        Memory memory = plan(ModelOptions.DEFAULT, 131072, 16 * GIB);
        assertThat(memory.kvBytes()).isEqualTo((16 * GIB - GIB - 512 * MIB) / 2);
        assertThat(memory.contextLength()).isEqualTo(131072);
    }

    @Test
    void aContextThatNobodyAskedForIsAsLongAsFits() {
        Memory memory = plan(ModelOptions.DEFAULT.withKvBytes(GIB), 131072, 16 * GIB);
        assertThat(memory.contextLength()).isEqualTo(32768);
        assertThat(plan(ModelOptions.DEFAULT.withKvBytes(GIB), 4096, 16 * GIB).contextLength())
                .isEqualTo(4096);
    }

    @Test
    void aContextThatDoesNotFitIsRefusedWithNumbers() {
        assertThatThrownBy(() -> plan(ModelOptions.DEFAULT.withKvBytes(GIB).withContextLength(40000), 131072, 16 * GIB))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("a context of 40000 tokens needs 1250.0 MiB")
                .hasMessageContaining("limit is 1024.0 MiB")
                .hasMessageContaining("-c")
                .hasMessageContaining("--kv-memory");
    }

    @Test
    void moreThanTheMachineHasIsRefused() {
        assertThatThrownBy(() -> plan(ModelOptions.DEFAULT.withKvBytes(20 * GIB), 131072, 16 * GIB))
                .isInstanceOf(PacaException.class)
                .hasMessageContaining("20480 MiB")
                .hasMessageContaining("16384 MiB");
    }

    @Test
    void theMachineHasSomeMemory() {
        assertThat(Memory.physical()).isGreaterThan(64 * MIB);
    }

    private Memory plan(ModelOptions options, int trained, long physical) {
        return Memory.plan("some.gguf", GIB, trained, options, physical, pool);
    }
}
