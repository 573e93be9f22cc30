package dev.paca.model.engine;

import dev.paca.kv.KvCache;
import dev.paca.kv.KvPolicy;
import dev.paca.kv.KvPool;
import dev.paca.kv.PacaException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * A session as a stream: a mark, a head with its length and CRC-32 (the model, the policy, the tokens, which of them were
 * prompt), and the cache as its pool writes it, where the sequence has one.
 */
final class SessionFile {
    private static final byte[] MARK = "PacaSe1\n".getBytes(StandardCharsets.US_ASCII);
    private static final String REMEDY = " Run the prompt again instead.";

    private static final String CUT_OFF = "The saved session ends too early: it was cut off." + REMEDY;

    private SessionFile() {}

    static void save(Sequence sequence, String model, KvPool pool, OutputStream to) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream head = new DataOutputStream(bytes);
        head.writeUTF(model);
        head.writeUTF(sequence.policy().toString());
        write(head, sequence.ran());
        write(head, sequence.phases());
        KvCache cache = sequence.cache();
        head.writeBoolean(sequence.rewinds());
        head.writeBoolean(cache != null);
        DataOutputStream out = new DataOutputStream(to);
        out.write(MARK);
        out.writeInt(bytes.size());
        bytes.writeTo(out);
        out.writeInt(sum(bytes.toByteArray()));
        out.flush();
        if (cache != null) {
            pool.save(cache, to);
        }
    }

    /** What a head says. */
    record Head(String model, String policy, int[] tokens, int[] phases, boolean rewinds, boolean hasCache) {
        /** Tokens of the first prompt. */
        int prompt() {
            return phases.length == 0 ? tokens.length : Math.min(phases[0], tokens.length);
        }
    }

    /** @throws PacaException if it is no session, one of another model or policy, or not all of one */
    static Head head(String model, KvPolicy policy, int vocabulary, InputStream from) throws IOException {
        Head head = read(from);
        if (!head.model().equals(model)) {
            throw new PacaException("The saved session is of another model: found " + head.model() + ", expected "
                    + model + "." + REMEDY);
        }
        if (!head.policy().equals(policy.toString())) {
            throw new PacaException("The saved session was kept under another policy: found " + head.policy()
                    + ", expected " + policy + "." + REMEDY);
        }
        boolean known = Arrays.stream(head.tokens()).allMatch(token -> token >= 0 && token < vocabulary);
        if (!known || !ascends(head.phases())) {
            throw damaged();
        }
        return head;
    }

    /** @throws PacaException if the stream holds no cache of that sequence */
    static Sequence restore(Head head, KvPolicy policy, KvPool pool, InputStream from) throws IOException {
        KvCache cache = head.hasCache() ? pool.restore(policy, from) : null;
        if (cache != null && cache.length() > head.tokens().length) {
            cache.close();
            throw damaged();
        }
        return new Sequence(pool, policy, new Phases(head.phases()), head.tokens(), head.rewinds(), cache);
    }

    private static Head read(InputStream from) throws IOException {
        DataInputStream in = new DataInputStream(from);
        try {
            if (!Arrays.equals(in.readNBytes(MARK.length), MARK)) {
                throw new PacaException("This is no saved session: it does not begin with \"PacaSe1\"." + REMEDY);
            }
            int length = in.readInt();
            byte[] bytes = in.readNBytes(Math.max(0, length));
            if (bytes.length != length || in.readInt() != sum(bytes)) {
                throw bytes.length < length ? new PacaException(CUT_OFF) : damaged();
            }
            DataInputStream head = new DataInputStream(new ByteArrayInputStream(bytes));
            return new Head(
                    head.readUTF(), head.readUTF(), ints(head), ints(head), head.readBoolean(), head.readBoolean());
        } catch (EOFException e) {
            throw new PacaException(CUT_OFF, e);
        }
    }

    private static void write(DataOutputStream out, int[] numbers) throws IOException {
        out.writeInt(numbers.length);
        for (int number : numbers) {
            out.writeInt(number);
        }
    }

    private static int[] ints(DataInputStream in) throws IOException {
        int[] numbers = new int[Math.clamp(in.readInt(), 0, in.available() / Integer.BYTES)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = in.readInt();
        }
        return numbers;
    }

    private static boolean ascends(int[] ends) {
        int before = 0;
        for (int end : ends) {
            if (end < before) {
                return false;
            }
            before = end;
        }
        return true;
    }

    private static int sum(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    private static PacaException damaged() {
        return new PacaException("The saved session is damaged: its numbers do not agree with its checksum." + REMEDY);
    }
}
