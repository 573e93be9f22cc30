package dev.paca.langchain4j;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.LangChain4jException;
import dev.paca.kv.KvMemoryException;
import dev.paca.kv.PacaException;
import java.util.function.Supplier;

/** Paca's errors as LangChain4j's: what the request is to blame for, and what it is not. */
final class Failures {
    private Failures() {}

    static <T> T mapped(Supplier<T> work) {
        try {
            return work.get();
        } catch (PacaException e) {
            throw map(e);
        }
    }

    static LangChain4jException map(PacaException e) {
        boolean notTheRequest =
                e instanceof KvMemoryException || (e.getCause() != null && !(e.getCause() instanceof PacaException));
        return notTheRequest
                ? new InternalServerException(e.getMessage(), e)
                : new InvalidRequestException(e.getMessage(), e);
    }
}
