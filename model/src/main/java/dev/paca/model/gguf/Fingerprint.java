package dev.paca.model.gguf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Tells files apart without reading all of them: the SHA-256 of their size, their beginning, and samples spread over the
 * rest. Weights that were trained differently differ nearly everywhere, so samples show it.
 */
final class Fingerprint {
    private static final int SAMPLES = 64;
    private static final int BYTES = 4096;

    private Fingerprint() {}

    /** 32 hexadecimal digits. */
    static String of(MemorySegment file) {
        MessageDigest digest = sha256();
        long size = file.byteSize();
        digest.update(Long.toString(size).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        for (int i = 0; i < SAMPLES; i++) {
            long from = Math.max(0, size - BYTES) / (SAMPLES - 1) * i;
            digest.update(file.asSlice(from, Math.min(BYTES, size - from)).toArray(ValueLayout.JAVA_BYTE));
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
