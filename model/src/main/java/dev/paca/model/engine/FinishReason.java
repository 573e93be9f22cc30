package dev.paca.model.engine;

/** Why a generation ended. */
public enum FinishReason {
    /** The model ended its text, or a stop string was found. */
    STOP,
    /** As many tokens as were asked for were made, or the context or the KV memory is full. */
    LENGTH,
    /** It was told to stop. */
    CANCELLED
}
