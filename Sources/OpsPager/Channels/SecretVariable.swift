// Secrets from the environment (S2-15).

import OpsConfig
import OpsSatellite

extension SecretSource {
    /// What a variable holds.
    func secret(of variable: PagerVariable) throws(Fault) -> String {
        guard let value = self.variable(variable.name), !value.isEmpty else {
            throw Fault(message: "\(variable.name) is not in opspager's environment")
        }
        return try Self.checked(Array(value.utf8), variable.name)
    }
}
