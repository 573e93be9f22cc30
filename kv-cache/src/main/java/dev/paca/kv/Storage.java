package dev.paca.kv;

/** The form in which a page stores keys or values. */
public enum Storage {
    F32,
    F16
}
