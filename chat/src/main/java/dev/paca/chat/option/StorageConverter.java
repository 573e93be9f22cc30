package dev.paca.chat.option;

import dev.paca.kv.Storage;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Names of the forms in which the cache stores keys and values. */
final class StorageConverter implements ITypeConverter<Storage> {
    static final String NAMES = "f32, f16";

    @Override
    public Storage convert(String name) {
        return Arrays.stream(Storage.values())
                .filter(each -> label(each).equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("'" + name + "' is none of "
                        + Arrays.stream(Storage.values())
                                .map(StorageConverter::label)
                                .collect(Collectors.joining(", "))));
    }

    private static String label(Storage storage) {
        return storage.name().toLowerCase(Locale.ROOT);
    }
}
