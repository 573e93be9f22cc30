package dev.paca.kv;

/** The pool's limit does not allow what was asked; nothing was changed. */
public final class KvMemoryException extends PacaException {
    private final long wanted;
    private final long available;

    public KvMemoryException(String message, long wanted, long available) {
        super(message);
        this.wanted = wanted;
        this.available = available;
    }

    /** Bytes that were asked for. */
    public long wanted() {
        return wanted;
    }

    /** Bytes that the limit still allows. */
    public long available() {
        return available;
    }
}
