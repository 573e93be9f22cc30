package dev.paca.bench.task;

import java.util.random.RandomGenerator;

/** The words that needles are made of. */
final class Words {
    private static final String[] ADJECTIVES = words(
            "rare clean curious harsh shy patient cruel hidden sharp royal old solid steady narrow bright mighty grand light"
                    + " strange humble rapid neat quiet golden gentle brave distant early famous broken simple silent warm cold"
                    + " proud clever heavy little green dark");
    private static final String[] NOUNS = words(
            "chair spring field hat flute box star torch boat spoon tower fountain drum school ribbon engine island planet"
                    + " saddle rope paint road brick prince cradle garden circle sword kettle vase bucket spear button hill fox"
                    + " river lamp mirror bridge castle feather window anchor basket candle market orchard");
    private static final String[] FIRST = words(
            "Ada Yara Tova Mira Farid Ines Kira Vera Vito Julia Sofia Xenia Nils Zeno Oskar Lena Hugo Petra Ivan Clara Emil Nora"
                    + " Boris Dora Felix Greta Hanna Jonas Karin Lukas Marta Otto");
    private static final String[] LAST = words(
            "Marsh Parker Osborne Archer Gardner Hunter Brook Rivers Thorne York Potter Berg Shepherd Baker Lowe Lind Fisher"
                    + " Carter Hill Wells Stone Fields Mason Cooper Turner Weaver Barker Lane Moss Ford");
    private static final String[] COLOURS =
            words("red blue green yellow orange purple pink brown black white grey violet");
    private static final String[] PLACES = words(
            "Torhol Daleash Havendale Langre Melton Oakmere Brindell Carrow Fenwick Halden Ostrand Pellam Quern Rivenhall"
                    + " Selby Tarrow Ulmen Westhal");

    private Words() {}

    private static String[] words(String all) {
        return all.split(" ");
    }

    private static String one(String[] of, RandomGenerator random) {
        return of[random.nextInt(of.length)];
    }

    /** A key such as {@code grand-sword}. */
    static String key(RandomGenerator random) {
        return one(ADJECTIVES, random) + "-" + one(NOUNS, random);
    }

    /** A line's name such as {@code rare-chair-hill}. */
    static String line(RandomGenerator random) {
        return key(random) + "-" + one(NOUNS, random);
    }

    static String person(RandomGenerator random) {
        return one(FIRST, random) + " " + one(LAST, random);
    }

    static String colour(RandomGenerator random) {
        return one(COLOURS, random);
    }

    static String place(RandomGenerator random) {
        return one(PLACES, random);
    }

    /** A number of exactly {@code digits} digits. */
    static String number(int digits, RandomGenerator random) {
        int least = (int) Math.pow(10, digits - 1);
        return Integer.toString(random.nextInt(least, least * 10));
    }

    /** 128 random bits in the form of a UUID. */
    static String uuid(RandomGenerator random) {
        String hex = String.format("%016x%016x", random.nextLong(), random.nextLong());
        return hex.substring(0, 8) + "-" + hex.substring(8, 12) + "-" + hex.substring(12, 16) + "-"
                + hex.substring(16, 20) + "-" + hex.substring(20);
    }

    /** Five upper-case letters. */
    static String variable(RandomGenerator random) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < 5; i++) {
            out.append((char) ('A' + random.nextInt(26)));
        }
        return out.toString();
    }
}
