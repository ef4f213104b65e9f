//! Our own lists of words. The brands are invented.

/// A department of the synthetic shop.
pub struct Department {
    /// Its name.
    pub name: &'static str,
    /// What it sells, by group.
    pub groups: &'static [(&'static str, &'static [&'static str])],
    /// Cheapest and dearest product, in whole euros.
    pub prices: (u64, u64),
    /// What its variants may differ in beside the colour.
    pub sizes: &'static [&'static str],
}

/// All departments, the largest first.
pub const DEPARTMENTS: [Department; 12] = [
    Department {
        name: "Electronics",
        groups: &[
            ("Audio", &["Headphones", "Earbuds", "Soundbar", "Turntable", "Speaker"]),
            ("Computers", &["Laptop", "Monitor", "Keyboard", "Mouse", "Docking Station"]),
            ("Phones", &["Smartphone", "Phone Case", "Charger", "Power Bank"]),
            ("Photo", &["Camera", "Lens", "Tripod", "Flash"]),
            ("Television", &["Television", "Projector", "Streaming Box", "Remote Control"]),
        ],
        prices: (9, 2500),
        sizes: &["64 GB", "128 GB", "256 GB", "512 GB"],
    },
    Department {
        name: "Home",
        groups: &[
            ("Bedroom", &["Bed Frame", "Mattress", "Duvet", "Pillow", "Bedside Table"]),
            ("Living Room", &["Sofa", "Armchair", "Coffee Table", "Bookcase", "Rug"]),
            ("Lighting", &["Floor Lamp", "Desk Lamp", "Pendant", "Candle Holder"]),
            ("Storage", &["Basket", "Shelf", "Coat Rack", "Storage Box"]),
        ],
        prices: (8, 1800),
        sizes: &["Small", "Medium", "Large"],
    },
    Department {
        name: "Kitchen",
        groups: &[
            ("Appliances", &["Kettle", "Toaster", "Blender", "Coffee Machine", "Microwave"]),
            ("Cookware", &["Saucepan", "Frying Pan", "Casserole", "Wok", "Baking Tin"]),
            ("Tableware", &["Plate", "Bowl", "Mug", "Wine Glass", "Jug"]),
            ("Tools", &["Chef's Knife", "Cutting Board", "Grater", "Whisk", "Scales"]),
        ],
        prices: (4, 600),
        sizes: &["1 l", "1.5 l", "2 l", "3 l"],
    },
    Department {
        name: "Fashion",
        groups: &[
            ("Tops", &["T-Shirt", "Shirt", "Sweater", "Hoodie", "Polo Shirt"]),
            ("Trousers", &["Jeans", "Chinos", "Shorts", "Leggings"]),
            ("Outerwear", &["Jacket", "Coat", "Parka", "Vest", "Raincoat"]),
            ("Accessories", &["Belt", "Scarf", "Hat", "Gloves", "Sunglasses"]),
        ],
        prices: (9, 320),
        sizes: &["XS", "S", "M", "L", "XL"],
    },
    Department {
        name: "Shoes",
        groups: &[
            ("Everyday", &["Sneaker", "Loafer", "Ballerina", "Slipper"]),
            ("Boots", &["Ankle Boot", "Chelsea Boot", "Rubber Boot", "Winter Boot"]),
            ("Sport", &["Running Shoe", "Hiking Shoe", "Football Boot", "Indoor Shoe"]),
        ],
        prices: (19, 280),
        sizes: &["37", "38", "39", "40", "41", "42", "43", "44"],
    },
    Department {
        name: "Sports",
        groups: &[
            ("Fitness", &["Dumbbell", "Yoga Mat", "Rowing Machine", "Resistance Band"]),
            ("Cycling", &["Bicycle", "Helmet", "Bike Light", "Pump", "Saddle"]),
            ("Camping", &["Tent", "Sleeping Bag", "Backpack", "Camping Stove", "Lantern"]),
            ("Water", &["Swimsuit", "Goggles", "Kayak", "Wetsuit"]),
        ],
        prices: (6, 1400),
        sizes: &["S", "M", "L"],
    },
    Department {
        name: "Garden",
        groups: &[
            ("Tools", &["Spade", "Rake", "Hedge Trimmer", "Lawn Mower", "Secateurs"]),
            ("Furniture", &["Garden Chair", "Garden Table", "Parasol", "Bench", "Hammock"]),
            ("Plants", &["Flower Pot", "Planter", "Seed Set", "Watering Can"]),
        ],
        prices: (3, 900),
        sizes: &["20 cm", "30 cm", "45 cm"],
    },
    Department {
        name: "Toys",
        groups: &[
            ("Building", &["Building Blocks", "Marble Run", "Wooden Train", "Model Kit"]),
            ("Games", &["Board Game", "Card Game", "Puzzle", "Dice Set"]),
            ("Outdoor", &["Scooter", "Kite", "Swing", "Sandpit", "Ball"]),
        ],
        prices: (4, 160),
        sizes: &["3+", "6+", "10+"],
    },
    Department {
        name: "Beauty",
        groups: &[
            ("Skin", &["Face Cream", "Cleanser", "Sunscreen", "Serum", "Body Lotion"]),
            ("Hair", &["Shampoo", "Conditioner", "Hair Dryer", "Hairbrush"]),
            ("Fragrance", &["Perfume", "Cologne", "Scented Candle"]),
        ],
        prices: (3, 180),
        sizes: &["50 ml", "100 ml", "250 ml"],
    },
    Department {
        name: "Office",
        groups: &[
            ("Paper", &["Notebook", "Planner", "Envelope Set", "Sketchbook"]),
            ("Writing", &["Fountain Pen", "Pencil Set", "Marker", "Ballpoint Pen"]),
            ("Furniture", &["Desk", "Office Chair", "Filing Cabinet", "Whiteboard"]),
        ],
        prices: (2, 700),
        sizes: &["A6", "A5", "A4"],
    },
    Department {
        name: "Music",
        groups: &[
            ("Strings", &["Guitar", "Violin", "Ukulele", "Bass Guitar"]),
            ("Keys", &["Digital Piano", "Synthesizer", "Accordion"]),
            ("Percussion", &["Snare Drum", "Cajon", "Cymbal", "Tambourine"]),
        ],
        prices: (15, 2200),
        sizes: &["1/2", "3/4", "4/4"],
    },
    Department {
        name: "Pets",
        groups: &[
            ("Dogs", &["Dog Bed", "Dog Lead", "Dog Bowl", "Dog Coat"]),
            ("Cats", &["Scratching Post", "Cat Tree", "Cat Toy", "Litter Box"]),
            ("Small Animals", &["Hutch", "Hamster Wheel", "Bird Cage", "Aquarium"]),
        ],
        prices: (4, 260),
        sizes: &["Small", "Medium", "Large"],
    },
];

/// Lines that divide the kinds of things once more, below them.
pub const LINES: [&str; 3] = ["Classic", "Compact", "Professional"];

/// Invented brands, the best known first.
pub const BRANDS: [&str; 60] = [
    "Norvik",
    "Altamira",
    "Kestrel",
    "Ombra",
    "Fjordline",
    "Tessera",
    "Halden",
    "Quillon",
    "Marisol",
    "Brightwater",
    "Osterholm",
    "Velano",
    "Pinecrest",
    "Ardent & Sons",
    "Lumière Bleue",
    "Takemori",
    "Zephyrine",
    "Corvado",
    "Edelgrün",
    "Sablewood",
    "Monteluna",
    "Harrowgate",
    "Ilmari",
    "Castellan",
    "Driftmark",
    "Übermut",
    "Pelagos",
    "Rosenfeld",
    "Nimbari",
    "Wolframe",
    "Aurelio",
    "Bexley",
    "Cinderhill",
    "Dovetail",
    "Evergard",
    "Fenwick",
    "Galanthus",
    "Hollowell",
    "Isidore",
    "Jorvik",
    "Kalliope",
    "Lindqvist",
    "Mistral",
    "Nettlebrook",
    "Oakenshaw",
    "Peregrine",
    "Quince",
    "Ravenna",
    "Solstice",
    "Thornbury",
    "Umbria",
    "Vesper",
    "Wrenfield",
    "Xantheia",
    "Yarrow",
    "Zenobia",
    "Amberley",
    "Birkdale",
    "Calloway",
    "Dunmore",
];

/// What things are praised with.
pub const ADJECTIVES: [&str; 24] = [
    "Light",
    "Sturdy",
    "Quiet",
    "Compact",
    "Elegant",
    "Everyday",
    "Foldable",
    "Handmade",
    "Modern",
    "Classic",
    "Soft",
    "Slim",
    "Durable",
    "Portable",
    "Vintage",
    "Premium",
    "Wireless",
    "Organic",
    "Recycled",
    "Adjustable",
    "Travel",
    "Studio",
    "Family",
    "Deluxe",
];

/// Colours, the most usual first.
pub const COLORS: [&str; 14] = [
    "Black", "White", "Grey", "Navy", "Blue", "Red", "Green", "Beige", "Brown", "Olive", "Yellow", "Orange",
    "Pink", "Crème",
];

/// What things are made of.
pub const MATERIALS: [&str; 16] = [
    "Cotton",
    "Steel",
    "Oak",
    "Aluminium",
    "Glass",
    "Wool",
    "Leather",
    "Bamboo",
    "Ceramic",
    "Linen",
    "Walnut",
    "Silicone",
    "Polyester",
    "Copper",
    "Rattan",
    "Cork",
];

/// Tags, the most usual first.
pub const TAGS: [&str; 14] = [
    "new",
    "bestseller",
    "sale",
    "gift",
    "sustainable",
    "limited",
    "outdoor",
    "kids",
    "premium",
    "travel",
    "work-from-home",
    "winter",
    "summer",
    "refurbished",
];

/// Sentences of descriptions. `{}` is the thing.
pub const SENTENCES: [&str; 16] = [
    "The {} that does one thing and does it well.",
    "Made to last for many years, and easy to repair when it must be.",
    "A {} for people who look twice before they buy.",
    "It arrives ready to use, with everything in the box.",
    "Its finish feels good in the hand and forgives daily use.",
    "Tested for a whole winter by people who complain easily.",
    "Light enough to carry, solid enough to trust.",
    "Designed in a small studio and made in small series.",
    "The surface is easy to clean with a damp cloth.",
    "Spare parts are available for at least ten years.",
    "A quiet {} that fits into any room.",
    "You will find a new use for this {} every week.",
    "Packed without plastic and shipped with care.",
    "It comes with a warranty of three years.",
    "Goes well with everything else of the same series.",
    "What reviewers praise most is how little there is to explain.",
];
