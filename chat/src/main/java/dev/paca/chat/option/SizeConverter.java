package dev.paca.chat.option;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Bytes, with K, M, G or T for powers of 1024. */
final class SizeConverter implements ITypeConverter<Long> {
    private static final String UNITS = "KMGT";

    @Override
    public Long convert(String text) {
        String number = text.strip();
        int unit = number.isEmpty() ? -1 : UNITS.indexOf(Character.toUpperCase(number.charAt(number.length() - 1)));
        if (unit >= 0) {
            number = number.substring(0, number.length() - 1);
        }
        try {
            long size = Math.multiplyExact(Long.parseLong(number), 1L << (10 * (unit + 1)));
            if (size > 0) {
                return size;
            }
        } catch (ArithmeticException | NumberFormatException e) {
            // Told below, as what is not positive.
        }
        throw new TypeConversionException("'" + text + "' is no size such as 512M or 4G");
    }
}
