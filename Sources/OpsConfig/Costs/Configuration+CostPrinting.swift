// `[costs.models.NAME]` as a file, as values, and what the shipped file says of them.

import OpsCore

extension CostReader {
    /// What the shipped file says.
    static var note: String {
        """
        # [\(models).NAME]: a cap of its own, its price, and a cheaper model.  At most \
        \(CostRules.modelLimit).
        # Keys: \(SectionKey<ModelRules>.all.map(\.name).joined(separator: ", ")).  For example:
        #   [\(models)."gpt-4o"]
        #   cap_usd = 15
        #   price_in = 2.50
        #   price_out = 10.00
        #   cheaper = "gpt-4o-mini"
        #   [\(models)."gpt-4o-mini"]
        #   cap_usd = 10
        #   price_in = 0.15
        #   price_out = 0.60

        """
    }
}

extension Configuration {
    /// All models that the configuration names.
    func costSections(networks: NetworkNotation) -> String {
        costModels.sorted { $0.key < $1.key }.map {
            SectionText.section($1, CostReader.models, $0, SectionKey<ModelRules>.all, networks)
        }.joined(separator: "\n")
    }

    /// `[costs.models.NAME]` as values.
    package func costNamedSections(networks: NetworkNotation) -> [NamedSections] {
        [
            NamedSections(
                table: "models",
                sections: costModels.sorted { $0.key < $1.key }.map {
                    ($0, SectionText.values($1, SectionKey<ModelRules>.all, networks))
                })
        ]
    }
}
